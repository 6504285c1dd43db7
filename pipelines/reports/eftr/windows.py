"""The declared static window: every moment lies in exactly one, and none is longer than the rule allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Window:
    """From `start` up to, and without, `end`; both in the regulator's time zone. `day` is the local day of `start`."""

    start: datetime
    end: datetime
    day: date
    part: int = 1

    @property
    def period(self) -> str:
        """Names the window in report ids: the day, and the part where a day has two."""
        return str(self.day) if self.part == 1 else f"{self.day}-{self.part}"

    def is_closed(self, now: datetime) -> bool:
        """Whether nothing more can fall into it."""
        return now.timestamp() >= self.end.timestamp()


def window_of(moment: datetime, zone: ZoneInfo, starts_at: time, hours: int) -> Window:
    """The window that holds an aware moment.

    A day of 25 hours has a second window for what lies beyond `hours`, since the period must not exceed them;
    a day of 23 hours ends early.
    """
    day = moment.astimezone(zone).date()
    if moment < _start(day, zone, starts_at):
        day -= timedelta(days=1)
    first, following = _start(day, zone, starts_at), _start(day + timedelta(days=1), zone, starts_at)
    length = timedelta(hours=hours)
    part = (moment - first) // length
    start = first + part * length
    end = min(start + length, following)
    return Window(start.astimezone(zone), end.astimezone(zone), day, part + 1)


def _start(day: date, zone: ZoneInfo, starts_at: time) -> datetime:
    return datetime.combine(day, starts_at, zone).astimezone(UTC)
