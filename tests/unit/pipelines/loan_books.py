"""Loans and instalments as silver has them, in a session without a lakehouse; and books of any kind for properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from hypothesis import strategies as st
from pyiceberg.io.pyarrow import schema_to_pyarrow

from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.test_model_data import hold

LOANS, INSTALMENTS = "silver.diasporacore__loans", "silver.diasporacore__loan_repayments"
ZONE = ZoneInfo("America/Toronto")
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
DUE = Decimal("100.00")


@dataclass(frozen=True)
class Lent:
    """A loan's row, in the columns that anybody reads here."""

    loan_id: str
    disbursed_at: datetime
    term_months: int = 6
    principal: Decimal = Decimal("550.00")
    annual_rate_pct: Decimal | None = Decimal("12.000")
    status: str = "active"
    defaulted_at: datetime | None = None
    tenant_id: str = "union"
    user_id: str = "ana"
    applied_income: Decimal = Decimal("3000.00")
    applied_bureau_score: int | None = 650


@dataclass(frozen=True)
class Owed:
    """An instalment's row."""

    loan_id: str
    instalment: int
    due_date: date
    due_amount: Decimal = DUE
    paid_amount: Decimal = Decimal("0.00")
    paid_at: datetime | None = None
    updated_at: datetime = FIRST
    tenant_id: str = "union"

    def paid(self, at: datetime) -> Owed:
        """Paid in full."""
        return replace(self, paid_amount=self.due_amount, paid_at=at, updated_at=at)


Book = tuple[Sequence[Lent], Sequence[Owed]]


def schedule(loan: Lent, *late: int | None) -> list[Owed]:
    """Instalments thirty days apart, each paid so many days late at noon; None and what is not told are not paid."""
    first = local(loan.disbursed_at)
    told = [*late, *[None] * (loan.term_months - len(late))]
    rows = [
        Owed(loan.loan_id, number, first + timedelta(days=30 * number), tenant_id=loan.tenant_id)
        for number in range(1, loan.term_months + 1)
    ]
    return [
        row if days is None else row.paid(noon(row.due_date + timedelta(days=days)))
        for row, days in zip(rows, told, strict=True)
    ]


def noon(day: date) -> datetime:
    """Noon where the lender is."""
    return datetime.combine(day, time(12), ZONE).astimezone(UTC)


def local(moment: datetime) -> date:
    """The day where the lender is."""
    return moment.astimezone(ZONE).date()


def put(session: duckdb.DuckDBPyConnection, book: Book) -> None:
    """The book as the two silver tables, in place of what was there."""
    session.execute("create schema if not exists silver")
    for name, rows in _tables(book).items():
        columns = find_silver(name).stored
        schema = schema_to_pyarrow(iceberg_schema(columns), include_field_ids=False)
        known = [{column.name: row.get(column.name) for column in columns} for row in rows]
        session.register("rows_of_book", pa.Table.from_pylist(known, schema=schema))
        session.execute(f"create or replace table {name} as select * from rows_of_book")


moments = st.integers(0, 24 * 400).map(lambda hours: FIRST + timedelta(hours=hours))


@st.composite
def payments(draw: st.DrawFn, row: Owed, after: datetime) -> Owed:
    """An instalment that is paid, in part paid, paid without its day, or not paid, not before a moment."""
    at = draw(st.integers(0, 24 * 200).map(lambda hours: after + timedelta(hours=hours)))
    part = row.due_amount / 2
    return draw(
        st.sampled_from(
            [
                replace(row, paid_amount=Decimal("0.00"), paid_at=None, updated_at=at),
                replace(row, paid_amount=part, paid_at=None, updated_at=at),
                replace(row, paid_amount=row.due_amount, paid_at=None, updated_at=at),
                replace(row, paid_amount=row.due_amount, paid_at=at, updated_at=at),
            ]
        )
    )


@st.composite
def books(draw: st.DrawFn) -> Book:
    """One to three loans at two credit unions, the same ids among them, with any payments."""
    keys = draw(st.lists(st.sampled_from([("union", "a"), ("union", "b"), ("other", "a")]), min_size=1, unique=True))
    loans, rows = [], []
    for tenant, name in keys:
        loan = Lent(
            name,
            draw(moments),
            term_months=draw(st.integers(1, 6)),
            annual_rate_pct=draw(st.sampled_from([None, Decimal("0.000"), Decimal("12.000"), Decimal("35.000")])),
            defaulted_at=draw(st.none() | moments),
            tenant_id=tenant,
        )
        loans.append(loan)
        rows += [draw(payments(row, noon(row.due_date - timedelta(days=20)))) for row in schedule(loan)]
    return loans, rows


def hold_book(lake: Lake, book: Book) -> None:
    """The book as the two silver tables of a lakehouse, in place of what was there."""
    for name, rows in _tables(book).items():
        hold(lake, name, *rows)


def _tables(book: Book) -> dict[str, list[dict[str, Any]]]:
    loans, instalments = book
    return {LOANS: [asdict(row) for row in loans], INSTALMENTS: [asdict(row) for row in instalments]}
