"""Deadlines counted in working days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.errors import ConfigurationError
from contracts.jurisdictions import WorkingDays

SATURDAY = 5
END_OF_DAY = time(23, 59, 59)


def is_working_day(day: date, calendar: WorkingDays) -> bool:
    """Monday to Friday and no holiday; raises ConfigurationError for a year whose holidays nobody declared."""
    holidays = calendar.holidays.get(day.year)
    if holidays is None:
        raise ConfigurationError(
            f"No holidays are declared for {day.year}.", hint="Add the year to working_days of the jurisdiction."
        )
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(day: date, count: int, calendar: WorkingDays) -> date:
    """The `count`-th working day after `day`, which itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day


def due_at(day: date, count: int, calendar: WorkingDays, zone: ZoneInfo) -> datetime:
    """The last second, in `zone`, of the `count`-th working day after `day`."""
    return datetime.combine(add_working_days(day, count, calendar), END_OF_DAY, zone)
