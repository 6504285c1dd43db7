"""Deadlines counted in working days."""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from contracts.jurisdictions import WorkingDays

logger = logging.getLogger(__name__)

SATURDAY = 5
END_OF_DAY = time(23, 59, 59)


def is_working_day(day: date, calendar: WorkingDays) -> bool:
    """Monday to Friday and no holiday.

    A year whose holidays nobody declared has none here: a deadline in it is then too early, never too late.
    """
    if day.year not in calendar.holidays:
        _tell_of_missing(day.year)
    return day.weekday() < SATURDAY and day not in calendar.holidays.get(day.year, frozenset())


@cache
def _tell_of_missing(year: int) -> None:
    """Once in a process, and not for each day."""
    logger.warning("No holidays are declared for %d: deadlines count weekends only. Add it to working_days.", year)


def add_working_days(day: date, count: int, calendar: WorkingDays) -> date:
    """The `count`-th working day after `day`, which itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day


def due_at(day: date, count: int, calendar: WorkingDays, zone: ZoneInfo) -> datetime:
    """The last second, in `zone`, of the `count`-th working day after `day`."""
    return datetime.combine(add_working_days(day, count, calendar), END_OF_DAY, zone)
