"""What the credit aggregator publishes, on a real PostgreSQL: history, one row at a time, and its own pulse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from contracts.events import validate_event
from contracts.settings import Settings
from contracts.tables import find_table, load_systems
from sources.bulk import insert_new
from sources.migrations import migrate
from sources.workload.caas.pulse import pulse
from sources.workload.streams import stream
from tests.unit.sources.worlds import AS_OF, world

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]
NOW = datetime(2026, 11, 22, 17, 0, 1, tzinfo=UTC)

LOAN = """
insert into caas.borrowers values ('b1', 'acc1', 'Ana', 'ana@example.org', 'EU', 'ES', 'EUR', now(), now());
insert into caas.providers values ('p1', 'Pool', 'defi_pool', 'EU', true, 'active', now(), now());
insert into caas.credit_requests (request_id, borrower_id, jurisdiction, amount, currency, term_months, purpose,
    applied_income, applied_score, collateral_asset, collateral_quantity, status, requested_at)
values ('r1', 'b1', 'EU', 100.10, 'EUR', 2, 'other', 3000, 700, 'ETH', 0.000000000000000001, 'initiated', '2026-11-22T12:00Z');
insert into caas.provider_quotes (quote_id, request_id, provider_id, outcome, latency_ms, apr_pct, amount, currency, sent_at)
values ('q1', 'r1', 'p1', 'approved', 1500, 8.125, 100.10, 'EUR', '2026-11-22T12:00:00Z'),
    ('q2', 'r1', 'p1', 'timeout', 3000, null, null, 'EUR', '2026-11-22T12:00:00Z'),
    ('q3', 'r1', 'p1', 'declined', 20, null, null, 'EUR', '2026-11-22T12:00:00Z'),
    ('q4', 'r1', 'p1', 'approved', 900, 7.5, 100.10, 'EUR', '2026-11-22T12:00:00Z');
insert into caas.loans (loan_id, request_id, quote_id, borrower_id, provider_id, account_id, jurisdiction, principal,
    currency, annual_rate_pct, term_months, status, disbursed_at)
values ('l1', 'r1', 'q4', 'b1', 'p1', 'acc1', 'EU', 100.10, 'EUR', 7.5, 2, 'active', '2026-11-22T12:30:00Z');
insert into caas.loan_repayments (loan_id, instalment, jurisdiction, due_date, principal_amount, due_amount)
values ('l1', 1, 'EU', '2026-12-22', 50.05, 50.68), ('l1', 2, 'EU', '2027-01-21', 50.05, 50.36);
"""


@pytest.fixture
def operations(postgres: Settings) -> Iterator[Connection]:
    migrate(postgres)
    (system,) = [one for one in load_systems() if one.app == "caas"]
    with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
        connection.execute(f"truncate caas.outbox, {', '.join(f'caas.{table.name}' for table in system.tables)}")
        yield connection


def events(connection: Connection) -> list[tuple[str, str, dict[str, Any]]]:
    rows = connection.execute("select topic, key, envelope from caas.outbox order by event_id").fetchall()
    for _, _, envelope in rows:
        validate_event(envelope)
    return rows


def load_history(connection: Connection) -> dict[str, int]:
    connection.execute("set atalaya.origin = 'history'")
    built = {name: rows for (app, name), rows in world(7).tables.items() if app == "caas"}
    written = {name: insert_new(connection, find_table("caas", name), rows) for name, rows in built.items()}
    connection.execute("reset atalaya.origin")
    return written


def test_a_request_its_quotes_and_its_loan_are_events(operations: Connection) -> None:
    operations.execute(LOAN)
    found = events(operations)
    assert [(topic, key, envelope["type"]) for topic, key, envelope in found] == [
        ("analytics.events", "r1", "credit.request.initiated.v1"),
        ("analytics.events", "r1", "provider.quotes.received.v1"),
        ("transaction.events", "acc1", "transaction.processed.v1"),
    ]
    request, quotes, lent = (envelope["data"] for _, _, envelope in found)
    assert (request["amount_minor"], request["is_secured"], request["jurisdiction"]) == (10010, True, "EU")
    assert quotes == {
        "request_id": "r1",
        "asked": 4,
        "approved": 2,
        "declined": 1,
        "timeouts": 1,
        "best_apr_pct": 7.5,
        "occurred_at": "2026-11-22T12:00:03.000000Z",
    }
    shown = {name: lent[name] for name in ("transaction_id", "leg", "kind", "account_id", "customer_id", "tenant_id")}
    assert shown == {
        "transaction_id": "l1",
        "leg": "credit",
        "kind": "loan_disbursement",
        "account_id": "acc1",
        "customer_id": "b1",
        "tenant_id": "p1",
    }
    assert (lent["amount_minor"], lent["amount_usd_minor"], lent["jurisdiction"]) == (10010, 10911, "EU")


def test_an_instalment_is_a_movement_when_it_is_paid_and_is_taken_back_when_it_bounces(operations: Connection) -> None:
    operations.execute(LOAN)
    operations.execute("truncate caas.outbox")
    operations.execute(
        "update caas.loan_repayments set paid_amount = due_amount, paid_at = '2026-11-22T13:00Z' where instalment = 1"
    )
    operations.execute("update caas.loan_repayments set due_date = due_date")
    operations.execute("update caas.loan_repayments set paid_amount = 0, paid_at = null where instalment = 1")
    found = events(operations)
    assert [(envelope["type"], key) for _, key, envelope in found] == [
        ("transaction.processed.v1", "acc1"),
        ("transaction.reversed.v1", "acc1"),
    ]
    paid, back = (envelope["data"] for _, _, envelope in found)
    assert (paid["transaction_id"], paid["leg"], paid["kind"], paid["amount_minor"]) == (
        "l1-1",
        "debit",
        "loan_repayment",
        5068,
    )
    assert {name for name in paid if paid[name] != back[name]} == {"status"}


def test_an_instalment_that_is_paid_again_is_another_movement(operations: Connection) -> None:
    """Paid, back, paid, back and paid: each payment is reversed as itself, and the other instalment counts for itself."""
    operations.execute(LOAN)
    operations.execute("truncate caas.outbox")
    pay = "update caas.loan_repayments set paid_amount = due_amount, paid_at = %s where instalment = %s"
    operations.execute(pay, ["2026-11-22T13:00Z", 1])
    operations.execute(pay, ["2026-11-22T13:00Z", 2])
    for paid_at in ("2026-11-23T13:00Z", "2026-11-24T13:00Z"):
        operations.execute("update caas.loan_repayments set paid_amount = 0, paid_at = null where instalment = 1")
        operations.execute(pay, [paid_at, 1])
    told = [envelope["data"] for _, _, envelope in events(operations)]
    assert [(one["transaction_id"], one["attempt"], one["status"], one["occurred_at"][:10]) for one in told] == [
        ("l1-1", 1, "completed", "2026-11-22"),
        ("l1-2", 1, "completed", "2026-11-22"),
        ("l1-1", 1, "reversed", "2026-11-22"),
        ("l1-1", 2, "completed", "2026-11-23"),
        ("l1-1", 2, "reversed", "2026-11-23"),
        ("l1-1", 3, "completed", "2026-11-24"),
    ]


def test_an_instalment_is_paid_whole_and_with_its_time(operations: Connection) -> None:
    operations.execute(LOAN)
    with pytest.raises(psycopg.errors.CheckViolation):
        operations.execute("update caas.loan_repayments set paid_amount = 1, paid_at = now()")
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        operations.execute("update caas.loan_repayments set paid_amount = due_amount")
    assert "is missing" in str(refused.value)


@pytest.mark.parametrize("text", ["0x" + "a" * 63, "0x" + "G" * 64, "a" * 66])
def test_what_is_no_hash_is_refused(operations: Connection, text: str) -> None:
    operations.execute(LOAN)
    with pytest.raises(psycopg.errors.CheckViolation):
        operations.execute(
            "insert into caas.chain_events (transaction_hash, loan_id, chain, block_number, event_kind, status, gas_used,"
            " gas_price, submitted_at, confirmed_at) values (%s, 'l1', 'base', 1, 'loan_repaid', 'failed', 21000, 1e-9, now(), now())",
            [text],
        )


def test_a_history_is_written_to_the_last_digit_and_each_of_its_events_keeps_its_contract(
    operations: Connection,
) -> None:
    written = load_history(operations)
    assert all(written.values())
    built = world(7).tables
    for table, key, column in (
        ("collateral_positions", "position_id", "quantity"),
        ("chain_events", "transaction_hash", "gas_price"),
        ("chain_events", "transaction_hash", "quantity"),
    ):
        rows = built["caas", table]
        stored = dict(operations.execute(f"select {key}, {column} from caas.{table}").fetchall())
        assert stored == dict(zip(rows[key].tolist(), rows[column].tolist(), strict=True))
    topics = Counter(topic for topic, _, _ in events(operations))
    paid = int((built["caas", "loan_repayments"]["paid_amount"] > 0).sum())
    assert topics == {
        "transaction.history": written["loans"] + paid,
        "analytics.events": 2 * written["credit_requests"],
    }


def test_the_pulse_prices_checks_and_asks_and_never_asks_an_open_breaker(operations: Connection) -> None:
    load_history(operations)
    operations.execute("truncate caas.outbox")
    (opened,) = operations.execute(
        "select min(provider_id) from caas.providers where jurisdiction = 'US'"
    ).fetchone() or ("",)
    operations.execute("insert into caas.provider_health values (%s, %s, false, 3000, 3, 0, 'open')", [opened, AS_OF])
    rows: Counter[str] = Counter()
    for second in range(22):
        rows += pulse(operations, stream(1, "pulse", str(second)), NOW.replace(second=second + 1), second)
    assert rows["caas.collateral_prices"] == 15
    assert rows["caas.credit_requests"] == 3
    assert rows["caas.provider_health"] >= 6
    live = operations.execute(
        "select count(*), bool_or(provider_id = %s) from caas.provider_quotes where request_id like 'request-live%%'",
        [opened],
    )
    assert live.fetchone() == (rows["caas.provider_quotes"], False)
    types = Counter(envelope["type"] for _, _, envelope in events(operations))
    assert types == {"credit.request.initiated.v1": 3, "provider.quotes.received.v1": 3}
    lowest = operations.execute("select min(price) from caas.collateral_prices").fetchone()
    assert lowest is not None
    assert lowest[0] > Decimal(0)


def test_the_pulse_of_an_empty_system_does_nothing(operations: Connection) -> None:
    rows: Counter[str] = Counter()
    for second in range(8):
        rows += pulse(operations, stream(1, "pulse", str(second)), NOW, second)
    assert rows.total() == 0
