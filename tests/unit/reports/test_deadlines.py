"""Deadlines in working days, Canada."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.jurisdictions import WorkingDays
from pipelines.reports.deadlines import add_working_days, due_at, is_working_day
from tests.unit.reports.builders import CANADA

CALENDAR = CANADA.working_days


@pytest.mark.parametrize(
    ("day", "expected", "why"),
    [
        (date(2026, 11, 16), date(2026, 11, 23), "a Monday, without holidays"),
        (date(2026, 11, 21), date(2026, 11, 27), "a Saturday"),
        (date(2026, 11, 9), date(2026, 11, 17), "across Remembrance Day"),
        (date(2026, 12, 22), date(2026, 12, 30), "across Christmas; Boxing Day is a Saturday and moves nothing"),
        (date(2026, 12, 29), date(2027, 1, 6), "across New Year"),
        (date(2026, 4, 2), date(2026, 4, 10), "across Good Friday"),
    ],
)
def test_five_working_days_after_a_transfer(day: date, expected: date, why: str) -> None:
    assert add_working_days(day, 5, CALENDAR) == expected, why


def test_the_deadline_is_the_last_second_of_the_day_in_toronto() -> None:
    assert due_at(date(2026, 11, 16), 5, CALENDAR, CANADA.zone).isoformat() == "2026-11-23T23:59:59-05:00"


def test_a_year_without_holidays_counts_weekends_only_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert add_working_days(date(2031, 6, 30), 1, CALENDAR) == date(2031, 7, 1)
    assert [record.getMessage() for record in caplog.records if "2031" in record.getMessage()] == [
        "No holidays are declared for 2031: deadlines count weekends only. Add it to working_days."
    ]


@given(st.dates(date(2024, 1, 1), date(2029, 12, 1)), st.integers(1, 10))
def test_without_holidays_a_deadline_is_never_later(day: date, count: int) -> None:
    unknown = WorkingDays(source="none", holidays={})
    assert add_working_days(day, count, unknown) <= add_working_days(day, count, CALENDAR)


@given(st.dates(date(2024, 1, 1), date(2029, 12, 1)), st.integers(1, 10))
def test_exactly_that_many_working_days_pass(day: date, count: int) -> None:
    due = add_working_days(day, count, CALENDAR)
    between = [date.fromordinal(number) for number in range(day.toordinal() + 1, due.toordinal() + 1)]
    assert sum(is_working_day(one, CALENDAR) for one in between) == count
    assert is_working_day(due, CALENDAR)
