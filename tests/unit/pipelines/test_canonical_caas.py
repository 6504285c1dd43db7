"""caas in the canonical tables, and quantities of eighteen digits in silver."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.conformed import conform
from tests.unit.pipelines.lakes import Json, change, land

POSITIONS = find_silver("silver.caas__collateral_positions")


def loan(identifier: str, status: str, jurisdiction: str) -> Json:
    return {
        "loan_id": identifier,
        "request_id": "r1",
        "quote_id": "q1",
        "borrower_id": "b1",
        "provider_id": "p1",
        "account_id": "a1",
        "jurisdiction": jurisdiction,
        "principal": "100.10",
        "currency": "EUR",
        "annual_rate_pct": "7.500",
        "term_months": 2,
        "status": status,
        "disbursed_at": "2026-11-01T23:30:00Z",
        "defaulted_at": None,
        "updated_at": "2026-11-01T23:30:00Z",
    }


def position(identifier: str, quantity: str) -> Json:
    return {
        "position_id": identifier,
        "loan_id": "l1",
        "asset": "ETH",
        "quantity": quantity,
        "status": "active",
        "opened_at": "2026-11-01T23:30:00Z",
        "closed_at": None,
        "updated_at": "2026-11-01T23:30:00Z",
    }


def put(lake: Lake, table: str, *rows: Json) -> int:
    """Land the rows and refresh; how many were quarantined."""
    declared = find_table("caas", table)
    land(lake, declared.bronze, declared.topic, [change("c", row, lsn) for lsn, row in enumerate(rows, start=1)])
    return refresh(lake, find_silver(declared.silver)).quarantined


def test_a_loan_is_dated_by_its_own_jurisdiction_and_a_liquidated_one_is_repaid(lake: Lake) -> None:
    put(lake, "loans", loan("l1", "liquidated", "EU"), loan("l2", "active", "US"))
    conform(lake, "silver.loans")
    shown = lake.session.execute(
        "select loan_id, jurisdiction, status, disbursed_on::varchar from silver.loans where app = 'caas' order by 1"
    ).fetchall()
    assert shown == [("l1", "EU", "repaid", "2026-11-02"), ("l2", "US", "active", "2026-11-01")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.000000000000000001", "0.000000000000000001"),
        ("1E-18", "0.000000000000000001"),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
        ("2.5", "2.5"),
    ],
)
def test_a_quantity_keeps_its_last_digit(lake: Lake, text: str, value: str) -> None:
    assert put(lake, "collateral_positions", position("p1", text)) == 0
    lake.attach(POSITIONS.name)
    assert lake.session.execute(f"select quantity from {POSITIONS.name}").fetchall() == [(Decimal(value),)]


@pytest.mark.parametrize(
    "text", ["0.0000000000000000015", "1.0000000000000000001", "123456789012345678901", "many", "1E-19"]
)
def test_a_quantity_that_would_be_rounded_is_quarantined(lake: Lake, text: str) -> None:
    assert put(lake, "collateral_positions", position("p1", "1.5"), position("p2", text)) == 1
    lake.attach(POSITIONS.name)
    assert lake.session.execute(f"select position_id from {POSITIONS.name}").fetchall() == [("p1",)]
