"""Local time: on which day, at which hour, in which zone people act, and which instant that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from sources.workload.columns import DAY, HOUR, SECOND, Flags, Floats, Integers
from sources.workload.streams import pick

ZONES = ("America/Toronto", "America/Vancouver", "America/Halifax", "America/New_York", "Europe/Madrid")

# Shares of a day's card payments by local hour: a lunch and an evening peak, a thin night; week-ends start late and end late.
_WORKDAY = np.array(
    [0.6, 0.4, 0.3, 0.2, 0.3, 0.8, 2, 4, 5, 4.5, 4.5, 6, 8, 7, 5.5, 5.5, 7, 9, 9, 7.5, 5.5, 4, 2.5, 1.3]
)
_WEEKEND = np.array(
    [1.8, 1.4, 1.0, 0.6, 0.4, 0.4, 0.8, 1.6, 3, 5, 7, 8, 8.5, 8.5, 8, 8, 8, 7.5, 7, 6, 5, 4.2, 3.4, 2.6]
)
_WEEKDAYS = np.array([0.9, 0.88, 0.93, 1.0, 1.25, 1.5, 1.1])  # Monday first
WAKING = np.array(
    [0, 0, 0, 0, 0, 0, 0.2, 0.6, 1, 1.3, 1.5, 1.4, 1.5, 1.3, 1.2, 1.2, 1.4, 1.5, 1.5, 1.3, 1, 0.7, 0.3, 0.1]
)
NIGHT = np.array(
    [3, 4, 4, 4, 3, 2, 1, 0.6, 0.5, 0.5, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.6, 2.2]
)


@dataclass(frozen=True)
class Calendar:
    """The days before `as_of`: day 0 is the local day of the first instant, and every zone counts the same dates."""

    as_of: datetime
    days: int

    @property
    def end(self) -> int:
        """`as_of` in microseconds since 1970."""
        return microseconds(self.as_of)

    @property
    def start(self) -> int:
        """The first instant, in microseconds since 1970."""
        return self.end - self.days * DAY

    @property
    def first_midnight(self) -> datetime:
        """Day 0, without a zone."""
        return datetime.combine((self.as_of - timedelta(days=self.days)).date(), time())

    def weekdays(self) -> Integers:
        """Monday is 0, for each day from 0 to `days`."""
        return (np.arange(self.days + 1) + self.first_midnight.weekday()) % 7

    def dates(self) -> list[datetime]:
        """The days themselves, without a zone."""
        return [self.first_midnight + timedelta(days=day) for day in range(self.days + 1)]

    def instants(self, day: Integers, seconds: Floats, zone: Integers) -> Integers:
        """The instants of local times; a day takes the offset that its zone has at noon."""
        midnight = microseconds(self.first_midnight.replace(tzinfo=UTC)) + day * DAY
        return midnight + (seconds * SECOND).astype(np.int64) - _offsets(self.first_midnight, self.days)[zone, day]

    def within(self, instants: Integers) -> Flags:
        """Which instants lie inside."""
        return (instants >= self.start) & (instants <= self.end)


@cache
def _offsets(first_midnight: datetime, days: int) -> Integers:
    """Of each zone and day from 0 to `days`, what is added to UTC at noon."""
    noons = [first_midnight + timedelta(days=day, hours=12) for day in range(days + 1)]
    return np.array([[_offset(noon, ZoneInfo(zone)) for noon in noons] for zone in ZONES], dtype=np.int64)


def _offset(noon: datetime, zone: ZoneInfo) -> int:
    offset = noon.replace(tzinfo=zone).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 UTC, exact."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def shopping_times(rng: np.random.Generator, calendar: Calendar, zone: Integers) -> Integers:
    """Instants at which people of these zones pay by card: by weekday, then by hour, nights and week-ends included."""
    weekdays = calendar.weekdays()
    day = pick(rng, _WEEKDAYS[weekdays], len(zone))
    weekend = weekdays[day] >= 5  # noqa: PLR2004 - Saturday
    hour = np.where(weekend, pick(rng, _WEEKEND, len(zone)), pick(rng, _WORKDAY, len(zone)))
    return calendar.instants(day, (hour + rng.random(len(zone))) * 3600, zone)


def times_on(rng: np.random.Generator, calendar: Calendar, day: Integers, zone: Integers, hours: Floats) -> Integers:
    """Instants on given days, at hours drawn by these 24 weights."""
    seconds = (pick(rng, hours, len(day)) + rng.random(len(day))) * 3600
    return calendar.instants(day, seconds, zone)


def later(rng: np.random.Generator, instants: Integers, median_hours: float, spread: float) -> Integers:
    """Instants some time afterwards, lognormally."""
    delay = np.exp(rng.normal(np.log(median_hours), spread, len(instants)))
    return instants + (delay * HOUR).astype(np.int64)
