"""dbt's macro for US cents says what the platform stamps on the same amount."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.money import load_currencies, minor_units, rate_on, usd_minor
from contracts.settings import PROJECT

DAY = date(2026, 11, 22)
MACROS = PROJECT / "dbt_project" / "macros"
_TEXTS = "".join((MACROS / f"{name}.sql").read_text(encoding="utf-8") for name in ("round_half_even", "usd_minor"))
# Wide enough for DuckDB, whose decimals have bounds where PostgreSQL's have none.
_ROW = "$1::decimal(20,2) as amount, $2::decimal(5,0) as minor_per_unit, $3::decimal(9,6) as usd_cents_per_minor"
_QUERY = f"select {{{{ usd_minor('amount', 'minor_per_unit', 'usd_cents_per_minor') }}}} from (select {_ROW})"
CENTS = jinja2.Environment(autoescape=False).from_string(_TEXTS + _QUERY).render()  # noqa: S701 - SQL


@pytest.fixture(scope="module")
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB rounds halves of decimals away from zero, as PostgreSQL does."""
    with duckdb.connect() as connection:
        yield connection


def in_marts(session: duckdb.DuckDBPyConnection, amount: Decimal, currency: str) -> int:
    digits = load_currencies()[currency]
    parameters = [amount, 10**digits, rate_on(currency, DAY).usd_per_unit.scaleb(2 - digits)]
    (cents,) = session.execute(CENTS, parameters).fetchone() or (None,)
    return int(cents)


def stamped(amount: Decimal, currency: str) -> int:
    return usd_minor(minor_units(amount, currency), rate_on(currency, DAY))


@pytest.mark.parametrize(
    ("amount", "currency", "cents"),
    [
        ("2.50", "CAD", 182),  # 182.5 by the rate
        ("7.50", "CAD", 548),  # 547.5
        ("-2.50", "CAD", -182),
        ("2.50", "JPY", 1),  # two yen, and not two and a half: 1.34 and not 1.675
        ("10.00", "USD", 1000),
    ],
)
def test_halves_go_to_even_and_minor_units_come_first(
    session: duckdb.DuckDBPyConnection, amount: str, currency: str, cents: int
) -> None:
    assert in_marts(session, Decimal(amount), currency) == cents == stamped(Decimal(amount), currency)


@given(st.integers(-(10**14), 10**14), st.sampled_from(sorted(load_currencies())))
def test_marts_and_events_agree_on_every_amount(
    session: duckdb.DuckDBPyConnection, hundredths: int, currency: str
) -> None:
    amount = Decimal(hundredths).scaleb(-2)
    assert in_marts(session, amount, currency) == stamped(amount, currency)
