"""Jurisdictions: dated values with their sources, and calendars."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from contracts.errors import ConfigurationError
from contracts.jurisdictions import DIRECTORY, Dated, load_jurisdiction, valid_on

CODES = sorted(path.stem for path in DIRECTORY.glob("*.yml"))
every = pytest.mark.parametrize("code", CODES)


@every
def test_thresholds_are_dated_in_order_and_say_their_source(code: str) -> None:
    for rules in load_jurisdiction(code).reports.values():
        for values in (rules.threshold_minor, rules.due_working_days, rules.window_hours):
            assert all(value.source.strip() for value in values)
            assert all(earlier.valid_from < later.valid_from for earlier, later in pairwise(values))


@every
def test_the_reporting_currency_is_worth_itself(code: str) -> None:
    jurisdiction = load_jurisdiction(code)
    for rules in jurisdiction.reports.values():
        assert valid_on(rules.reporting_rates[jurisdiction.currency], date(2026, 11, 22)).value == 1


@every
def test_holidays_lie_in_their_year_and_this_year_and_the_next_are_listed(code: str) -> None:
    calendar = load_jurisdiction(code).working_days
    assert calendar.source
    assert {2026, 2027} <= calendar.holidays.keys()
    assert all(day.year == year for year, days in calendar.holidays.items() for day in days)


def test_canada_in_2026() -> None:
    """The ten general holidays of the Canada Labour Code."""
    days = load_jurisdiction("CA").working_days.holidays[2026]
    assert sorted(day.isoformat()[5:] for day in days) == [
        *("01-01", "04-03", "05-18", "07-01", "09-07", "09-30", "10-12", "11-11", "12-25", "12-26")
    ]


def test_the_value_of_a_day_is_the_latest_before_it() -> None:
    old, new = (
        Dated(valid_from=date(2020, 1, 1), value=Decimal(1)),
        Dated(valid_from=date(2025, 1, 1), value=Decimal(2)),
    )
    assert valid_on((new, old), date(2024, 12, 31)) == old
    assert valid_on((new, old), date(2025, 1, 1)) == new
    with pytest.raises(ConfigurationError, match="2019"):
        valid_on((new, old), date(2019, 12, 31))


def test_a_jurisdiction_that_nobody_declared_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'ZZ'"):
        load_jurisdiction("ZZ")
