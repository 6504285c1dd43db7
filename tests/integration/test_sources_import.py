"""Other people's transactions in a real PostgreSQL: once, with their labels, the bad rows apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import psycopg
import pytest
from typer.testing import CliRunner

from cli.commands.import_ import app
from contracts.errors import InvalidInputError
from contracts.events import validate_event
from contracts.settings import Settings
from sources.importing import import_transactions
from sources.migrations import migrate

pytestmark = pytest.mark.integration

ROUTING = ("occurred_at", "account_id", "customer_id", "counterparty_id", "terminal_id")


TRANSFERS = """
name: transfers
tenant: {id: transfers, name: Transfers, country: US}
time_zone: UTC
columns:
  transaction_id: id
  leg: leg
  account_id: {source: who, prefix: transfers-}
  customer_id: {source: who, prefix: transfers-}
  amount: amount
  occurred_at: at
constants: {kind: transfer, channel: app, currency: USD}
label: {source: fraud, fraud_values: ["1"], delay: 7d, kind: dispute}
"""


@pytest.fixture
def operations(postgres: Settings) -> Settings:
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations")) as connection:
        connection.execute("truncate diasporacore.tenants cascade")
        connection.execute("truncate diasporacore.outbox, diasporacore.transaction_disputes")
    return postgres


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    """Ten payments in the layout of the fraud handbook: one a day, the third a fraud, the fifth without an amount."""
    count = 10
    frame = pd.DataFrame(
        {
            "TRANSACTION_ID": range(count),
            "TX_DATETIME": pd.date_range("2018-04-01 12:00", periods=count, freq="D"),
            "CUSTOMER_ID": [str(number % 3) for number in range(count)],
            "TERMINAL_ID": [str(number % 2) for number in range(count)],
            "TX_AMOUNT": [10.0 + number for number in range(count)],
            "TX_FRAUD": [int(number == 2) for number in range(count)],
        }
    )
    frame.loc[4, "TX_AMOUNT"] = 0.0
    path = tmp_path / "handbook.parquet"
    frame.to_parquet(path)
    return path


def rows(settings: Settings, query: str) -> list[Any]:
    with psycopg.connect(settings.database_url("operations")) as connection:
        return connection.execute(query.encode()).fetchall()


def test_rows_become_history_and_labels_a_week_later(operations: Settings, handbook: Path) -> None:
    summary = import_transactions(operations, handbook, "fraud_handbook")
    assert (summary.read, summary.selected, summary.rejected, summary.present) == (10, 10, 1, 0)
    assert summary.inserted["account_transactions"] == 9
    assert summary.inserted["users"] == summary.inserted["accounts"] == 3
    [(at, label)] = rows(operations, "select recorded_at, label from diasporacore.transaction_disputes")
    assert (at.isoformat(), label) == ("2018-04-10T12:00:00+00:00", "fraud")
    events = rows(operations, "select topic, envelope from diasporacore.outbox")
    for _, envelope in events:
        validate_event(envelope)
    assert sorted({topic for topic, _ in events}) == ["label.events", "transaction.history", "user.events"]
    [told] = [envelope["data"] for topic, envelope in events if topic == "label.events"]
    movements = [envelope["data"] for topic, envelope in events if topic == "transaction.history"]
    [moved] = [movement for movement in movements if movement["transaction_id"] == told["transaction_id"]]
    assert [told[name] for name in ROUTING] == [moved[name] for name in ROUTING]


def test_both_legs_of_a_movement_and_long_ids_have_labels_of_their_own(operations: Settings, tmp_path: Path) -> None:
    """A transfer told as fraud is told so of the account that it leaves and of the one that it reaches."""
    long = "payment-of-a-system-with-very-long-identifiers-0123456789-"
    movements = [("t1", "debit"), ("t1", "credit"), (f"{long}1", "debit"), (f"{long}2", "debit")]
    lines = [f"{one},{leg},2024-03-01 10:00:00,{who},9.50,1" for who, (one, leg) in enumerate(movements)]
    file, mapping = tmp_path / "transfers.csv", tmp_path / "transfers.yml"
    file.write_text("\n".join(["id,leg,at,who,amount,fraud", *lines]) + "\n")
    mapping.write_text(TRANSFERS)
    for expected in (len(movements), 0):
        summary = import_transactions(operations, file, str(mapping))
        assert summary.inserted["transaction_disputes"] == expected
    labelled = rows(operations, "select transaction_id, leg from diasporacore.transaction_disputes")
    assert sorted(labelled) == sorted(movements)


def test_what_an_event_could_not_tell_is_rejected_before_it_stops_the_import(
    operations: Settings, tmp_path: Path
) -> None:
    """Each of these breaks the trigger's check, or the table's, in the chunk that holds it."""
    good = [("1.00", "CAD", "2024-03-01"), ("0.51", "XOF", "2024-03-01"), ("7e11", "GBP", "2024-03-01")]
    bad = [
        ("0.005", "CAD", "2024-03-01"),
        ("0.4", "JPY", "2024-03-01"),
        ("0.50", "XOF", "2024-03-01"),
        ("9e11", "GBP", "2024-03-01"),
        ("2e12", "CAD", "2024-03-01"),
        ("1.00", "CAD", "1999-12-31"),
    ]
    frame = pd.DataFrame([*good, *bad, good[0]], columns=["amount", "money", "at"])
    frame["id"] = [*(f"t{number}" for number in range(len(good) + len(bad))), ""]
    frame = frame.assign(
        at=pd.to_datetime(frame["at"]), amount=frame["amount"].astype(float), leg="debit", who="w", fraud=0
    )
    file, mapping = tmp_path / "amounts.parquet", tmp_path / "amounts.yml"
    frame.to_parquet(file)
    mapping.write_text(
        TRANSFERS.replace(", currency: USD", "").replace("  amount: amount", "  amount: amount\n  currency: money")
    )
    summary = import_transactions(operations, file, str(mapping))
    assert (summary.rejected, summary.inserted["account_transactions"]) == (len(bad) + 1, len(good))
    assert rows(operations, "select count(*) from diasporacore.account_transactions") == [(len(good),)]


def test_importing_again_adds_nothing(operations: Settings, handbook: Path) -> None:
    import_transactions(operations, handbook, "fraud_handbook")
    before = rows(operations, "select count(*) from diasporacore.outbox")
    again = import_transactions(operations, handbook, "fraud_handbook")
    assert again.present == 9
    assert not any(again.inserted.values())
    assert rows(operations, "select count(*) from diasporacore.outbox") == before


def test_rejects_name_row_field_and_reason(operations: Settings, handbook: Path) -> None:
    summary = import_transactions(operations, handbook, "fraud_handbook")
    rejects = pd.read_csv(summary.rejects_file)
    assert rejects.to_dict("records") == [{"row": 5, "field": "amount", "reason": "is not above zero"}]


def test_a_range_of_days_and_a_limit(operations: Settings, handbook: Path) -> None:
    summary = import_transactions(
        operations, handbook, "fraud_handbook", start=date(2018, 4, 2), end=date(2018, 4, 9), limit=2
    )
    assert summary.selected == 2
    found = rows(operations, "select transaction_id from diasporacore.account_transactions order by 1")
    assert found == [("fh-1",), ("fh-2",)]


def test_an_unknown_currency_is_one_clear_message(operations: Settings, handbook: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yml"
    source = Path("sources/mappings/fraud_handbook.yml").read_text(encoding="utf-8")
    mapping.write_text(source.replace("currency: USD", "currency: ZZZ"), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"constants\.currency: 'ZZZ' is not a currency"):
        import_transactions(operations, handbook, mapping)
    assert rows(operations, "select count(*) from diasporacore.outbox") == [(0,)]


def test_the_verb_says_what_happened(operations: Settings, handbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATALAYA_STATE", str(operations.state))
    monkeypatch.setenv("ATALAYA_PORT_BASE", str(operations.port_base))
    result = CliRunner().invoke(app, ["transactions", str(handbook), "--mapping", "fraud_handbook", "--load-only"])
    assert result.exit_code == 0, result.output
    assert "9 new, 0 already there, 1 rejected; 1 labels" in " ".join(result.output.split())
