"""The main line on a tiny history: what is committed is scored, landed, modelled, served and filed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from confluent_kafka import Producer
from psycopg.rows import dict_row

from cli.flow.catch_up import catch_up
from cli.flow.engines import ask
from cli.flow.pipeline import run_job
from contracts.models.credit import BEHAVIOUR_MODELS
from sources.workload.planting.cases import CRIMES, LOOK_ALIKES
from tests.e2e.conftest import Platform

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

SCORED_WITHIN_SECONDS = 5.0


def new_id(what: str) -> str:
    """An id that no earlier run of the tests on this platform used."""
    return f"{what}-{uuid4().hex[:8]}"


def some_account(platform: Platform) -> dict[str, Any]:
    with psycopg.connect(platform.settings.database_url("operations"), row_factory=dict_row) as connection:
        found = connection.execute(
            "select account_id, user_id, tenant_id, currency from diasporacore.accounts order by account_id limit 1"
        ).fetchone()
    assert found is not None
    return found


def insert_movement(platform: Platform, transaction_id: str, amount: Decimal) -> None:
    account = some_account(platform)
    with psycopg.connect(platform.settings.database_url("operations")) as connection:
        connection.execute(
            "insert into diasporacore.account_transactions (transaction_id, leg, attempt, status, kind, channel,"
            " tenant_id, account_id, customer_id, amount, currency, occurred_at)"
            " values (%s, 'debit', 1, 'completed', 'transfer', 'app', %s, %s, %s, %s, %s, now())",
            [transaction_id, account["tenant_id"], account["account_id"], account["user_id"], amount,
             account["currency"]],
        )  # fmt: skip


def await_decision(platform: Platform, decision_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + SCORED_WITHIN_SECONDS
    while True:
        answer = platform.api.get(f"/v1/decisions/{decision_id}")
        if answer.is_success:
            decision: dict[str, Any] = answer.json()
            return decision
        assert answer.status_code == 404, answer.text
        assert time.monotonic() < deadline, f"no decision on {decision_id} within {SCORED_WITHIN_SECONDS} s"
        time.sleep(0.1)


def request_body(platform: Platform, transaction_id: str) -> dict[str, Any]:
    account = some_account(platform)
    return {
        "transaction_id": transaction_id, "leg": "debit", "attempt": 1, "app": "diasporacore",
        "tenant_id": account["tenant_id"], "jurisdiction": "CA", "kind": "card_payment", "channel": "card_not_present",
        "account_id": account["account_id"], "customer_id": account["user_id"], "amount_minor": 4_200,
        "currency": account["currency"],
        "occurred_at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }  # fmt: skip


def test_figures_of_the_result_can_be_asked_again(platform: Platform) -> None:
    """First, while nothing has been added since the demo: the same question has the same answer."""
    for name in ("rows/diasporacore.loans/silver", "totals/alerts", "rows/finflow.payments/source"):
        query = platform.demo["queries"][name]
        again = ask(platform.settings, query["engine"], query["sql"])
        assert again == [(query["value"],)], name


def test_result_tells_the_whole_line(platform: Platform) -> None:
    demo = platform.demo
    assert all(counts["source"] == counts["silver"] for counts in demo["rows"].values())
    assert demo["rows"]["diasporacore.account_transactions"]["bronze_changes"] > 0
    # In a small world loans to businesses and to consumers are too few to learn from, and five hundred micro-loans are about as few
    # as their behaviour model needs; where one has too few, the application model stands in.
    assert set(demo["models"]) - {"sme_loan", "consumer_loan", *BEHAVIOUR_MODELS} == {"fraud", "micro_loan"}
    assert all(report["valid"] for report in demo["reports"])
    assert demo["latency_ms"]["commit_to_score"]["movements"] > 0
    assert demo["latency_ms"]["commit_to_bronze"]["p99"] <= 60_000
    assert demo["totals"]["decisions"] > 0
    assert set(demo["planted"]) == set(CRIMES)
    assert set(demo["look_alikes"]) == set(LOOK_ALIKES)


@pytest.mark.parametrize("model", ["fraud", "micro_loan"])
def test_the_champion_that_the_gate_let_in_is_told_and_made_again_byte_by_byte(platform: Platform, model: str) -> None:
    ((number,),) = ask(
        platform.settings,
        "mlflow",
        f"select version from registered_model_aliases where name = '{model}' and alias = 'champion'",
    )
    history = platform.run("model", "history", model)
    assert history.returncode == 0, history.stderr
    assert "first champion" in history.stdout
    assert "policy" in history.stdout
    assert "champion" in platform.run("model", "list", model).stdout
    again = platform.run("model", "reproduce", model, str(number))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "same bytes" in again.stdout


def test_plain_sql_is_scored_then_landed_and_reported(platform: Platform) -> None:
    settings, transaction_id = platform.settings, new_id("plain-sql")
    with psycopg.connect(settings.database_url("operations")) as connection:
        connection.execute(
            "update diasporacore.users set kyc_tier = (kyc_tier + 1) % 4"
            " where user_id = (select min(user_id) from diasporacore.users)"
        )
        connection.execute(
            "delete from diasporacore.transaction_disputes where dispute_id = (select min(dispute_id) from diasporacore.transaction_disputes)"
        )
    insert_movement(platform, transaction_id, Decimal("12.34"))
    decision = await_decision(platform, f"{transaction_id}:debit:1")
    assert decision["outcome"] in {"allow", "review", "decline"}
    assert decision["model_version"]

    catch_up(settings, lambda _share, _note: None)
    run_job(settings, "refresh", settings.state / "logs" / "e2e-refresh.log", lambda _share, _note: None)

    assert ask(
        settings,
        "lakehouse",
        f"select count(*) from bronze.events where value like '%{transaction_id}%' and topic = 'transaction.events'",
    ) == [(1,)]
    assert ask(
        settings,
        "lakehouse",
        f"select amount_minor, status from silver.transactions where transaction_id = '{transaction_id}'",
    ) == [(1234, "completed")]
    assert ask(
        settings, "warehouse", f"select count(*) from marts.fct_decisions where transaction_id = '{transaction_id}'"
    ) == [(1,)]
    source = ask(
        settings,
        "operations",
        "select user_id, kyc_tier, (select count(*) from diasporacore.transaction_disputes) from diasporacore.users"
        " order by user_id limit 1",
    )[0]
    assert ask(
        settings, "lakehouse", f"select kyc_tier from silver.diasporacore__users where user_id = '{source[0]}'"
    ) == [(source[1],)]
    assert ask(settings, "lakehouse", "select count(*) from silver.diasporacore__transaction_disputes") == [
        (source[2],)
    ]


MAPPING = """
name: shoebox
tenant: {id: shoebox, name: Shoebox, country: US}
time_zone: UTC
columns:
  transaction_id: {source: id, prefix: shoebox-}
  account_id: {source: who, prefix: shoebox-card-}
  customer_id: {source: who, prefix: shoebox-customer-}
  counterparty_id: {source: shop, prefix: shoebox-shop-}
  terminal_id: {source: shop, prefix: shoebox-terminal-}
  amount: amount
  occurred_at: at
constants: {kind: card_payment, leg: debit, channel: card_present, currency: USD}
label: {source: fraud, fraud_values: ["1"], delay: 7d, kind: dispute}
"""


def write_shoebox(folder: Path, rows: int) -> tuple[Path, Path]:
    """Somebody's payments of a month long ago, every tenth of them fraud, one row with an amount that is none."""
    began = datetime(2024, 3, 1, tzinfo=UTC)
    lines = [
        f"{number},{began + timedelta(hours=5 * number):%Y-%m-%d %H:%M:%S},{number % 7},{number % 5},"
        f"{'900.00' if number % 10 == 0 else '12.50'},{int(number % 10 == 0)}"
        for number in range(rows)
    ]
    file, mapping = folder / "shoebox.csv", folder / "shoebox.yml"
    file.write_text("\n".join(["id,at,who,shop,amount,fraud", *lines, "bad,2024-03-02 00:00:00,1,1,many,0"]) + "\n")
    mapping.write_text(MAPPING)
    return file, mapping


def test_import_travels_to_scores_marts_and_a_retrained_model(platform: Platform, tmp_path: Path) -> None:
    def ask_one(engine: str, sql: str) -> int:
        return int(ask(platform.settings, engine, sql)[0][0])

    trained = "select max(version) from model_versions where name = 'fraud'"
    before = ask_one("mlflow", trained)
    file, mapping = write_shoebox(tmp_path, 120)
    done = platform.run("import", "transactions", str(file), "--mapping", str(mapping), seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rejected" in done.stdout
    assert ask_one("lakehouse", "select count(score) from silver.decisions where tenant_id = 'shoebox'") == 120
    assert ask_one("lakehouse", "select count(*) from silver.labels where transaction_id like 'shoebox-%'") == 12
    assert (
        ask_one(
            "warehouse", "select sum(transactions) from marts.rpt_activity_daily where activity_date < '2024-04-01'"
        )
        == 120
    )
    assert ask_one("mlflow", trained) == before + 1
    champion = "select version from registered_model_aliases where name = 'fraud' and alias = 'champion'"
    assert ask_one("mlflow", champion) <= before
    again = platform.run("import", "transactions", str(file), "--mapping", str(mapping), "--load-only")
    assert "0 new, 120 already there" in again.stdout


def test_same_request_twice_gives_the_one_stored_decision(platform: Platform) -> None:
    transaction_id = new_id("asked-twice")
    body = request_body(platform, transaction_id)
    first, second = (platform.api.post("/v1/decisions/transactions", json=body) for _ in range(2))
    assert first.is_success, first.text
    assert second.json() == first.json()
    stored = ask(
        platform.settings, "platform", f"select count(*) from decisions where transaction_id = '{transaction_id}'"
    )
    assert stored == [(1,)]


def test_later_commit_is_the_same_movement(platform: Platform) -> None:
    transaction_id = new_id("asked-then-committed")
    asked = platform.api.post("/v1/decisions/transactions", json=request_body(platform, transaction_id))
    assert asked.is_success, asked.text
    insert_movement(platform, transaction_id, Decimal("42.00"))
    catch_up(platform.settings, lambda _share, _note: None)
    assert platform.api.get(f"/v1/decisions/{transaction_id}:debit:1").json() == asked.json()


def test_malformed_event_is_quarantined_and_stops_nothing(platform: Platform) -> None:
    count = "select count(*) from quarantine where topic = 'transaction.events'"
    ((before,),) = ask(platform.settings, "platform", count)
    producer = Producer({"bootstrap.servers": platform.settings.kafka_bootstrap})
    producer.produce("transaction.events", key=b"x", value=b'{"specversion": "1.0", "data": {"amount_minor": "many"}}')
    producer.produce("transaction.events", key=b"x", value=b"not even json")
    producer.flush(10)
    transaction_id = new_id("after-the-poison")
    insert_movement(platform, transaction_id, Decimal("5.00"))
    assert await_decision(platform, f"{transaction_id}:debit:1")
    catch_up(platform.settings, lambda _share, _note: None)
    assert ask(platform.settings, "platform", count) == [(before + 2,)]


def test_wrong_key_is_refused_without_a_word_too_many(platform: Platform) -> None:
    answer = platform.api.get("/v1/alerts", headers={"X-API-Key": "wrong"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "wrong" not in json.dumps(answer.json())


def test_unknown_currency_is_refused_where_it_is_written(platform: Platform) -> None:
    account = some_account(platform)
    with (
        psycopg.connect(platform.settings.database_url("operations")) as connection,
        pytest.raises(psycopg.Error, match="currency"),
    ):
        connection.execute(
            "insert into diasporacore.account_transactions (transaction_id, leg, status, kind, channel, tenant_id,"
            " account_id, customer_id, amount, currency, occurred_at)"
            " values ('bad-currency', 'debit', 'completed', 'transfer', 'app', %s, %s, %s, 1, 'QQQ', now())",
            [account["tenant_id"], account["account_id"], account["user_id"]],
        )


def test_second_stack_on_the_same_state_is_refused(platform: Platform) -> None:
    again = platform.run("up")
    assert again.returncode == 1
    assert "already runs" in again.stderr


def test_a_demo_beside_a_running_stack_is_refused_and_leaves_it_running(platform: Platform) -> None:
    refused = platform.run("demo", "--size", "tiny")
    assert refused.returncode == 1
    assert "stack is running" in refused.stderr
    assert platform.api.get("/ready").is_success


def test_a_query_that_is_none_is_one_message(platform: Platform) -> None:
    for engine in ("warehouse", "lakehouse"):
        refused = platform.run("query", engine, "selct 1")
        assert refused.returncode == 1
        assert refused.stderr.startswith("error sql: ")
