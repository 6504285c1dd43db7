"""Exchanges keep local hours: over changes of the clocks, on half days, and round the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.money import load_currencies
from contracts.tables import find_table
from contracts.trading import load_trading

EXCHANGES = load_trading().exchanges


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("code", ["XNYS", "XTSE"])
def test_the_opening_moves_in_utc_when_the_clocks_change(code: str) -> None:
    assert EXCHANGES[code].session(date(2026, 10, 30)) == (at(30, 13, 30, 10), at(30, 20, 0, 10))
    assert EXCHANGES[code].session(date(2026, 11, 2)) == (at(2, 14, 30), at(2, 21))
    assert EXCHANGES[code].session(date(2026, 3, 9)) == (at(9, 13, 30, 3), at(9, 20, 0, 3))


def test_holidays_and_half_days_are_each_exchange_s_own() -> None:
    assert EXCHANGES["XNYS"].session(date(2026, 11, 26)) is None
    assert EXCHANGES["XTSE"].session(date(2026, 11, 26)) is not None
    assert EXCHANGES["XNYS"].session(date(2026, 11, 27)) == (at(27, 14, 30), at(27, 18))
    assert EXCHANGES["XTSE"].session(date(2026, 11, 27)) == (at(27, 14, 30), at(27, 21))
    assert EXCHANGES["XTSE"].session(date(2026, 11, 28)) is None


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 11, 1), 25), (date(2026, 3, 8), 23), (date(2026, 11, 2), 24)])
def test_a_day_round_the_clock_is_as_long_as_the_day(day: date, hours: int) -> None:
    session = EXCHANGES["PRAC"].session(day)
    assert session is not None
    assert session[1] - session[0] == timedelta(hours=hours)


def test_a_session_begins_with_its_opening_and_ends_before_its_closing() -> None:
    found = EXCHANGES["XTSE"].session_at(at(2, 14, 30))
    assert found is not None
    assert found[0] == date(2026, 11, 2)
    assert EXCHANGES["XTSE"].session_at(at(2, 21)) is None
    assert EXCHANGES["XTSE"].session_at(at(2, 14, 29)) is None


@pytest.mark.parametrize("code", EXCHANGES)
def test_a_holiday_is_a_day_that_would_have_been_one_of_trading(code: str) -> None:
    exchange = EXCHANGES[code]
    for year, days in exchange.holidays.items():
        assert all(day.year == year and day.weekday() in exchange.weekdays for day in days)
    assert all(exchange.session(day) for day in exchange.early_closes)


def test_tables_and_policy_know_the_same_exchanges_and_currencies() -> None:
    for name in ("portfolios", "instruments"):
        (column,) = [one for one in find_table("stsa", name).columns if one.name == "exchange"]
        assert set(column.values) == set(EXCHANGES)
    assert {load_currencies()[exchange.currency] for exchange in EXCHANGES.values()} == {2}


@pytest.mark.parametrize(("shares", "fee"), [(1, 100), (100, 100), (101, 101), (5000, 5000)])
def test_commission_has_a_minimum(shares: int, fee: int) -> None:
    assert load_trading().commission.of(shares) == fee
