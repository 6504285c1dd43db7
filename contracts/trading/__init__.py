"""Paper trading's policy: exchanges with their local sessions, commission, and what its marts take for granted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).parent / "exchanges.yml"
_MIDNIGHT = "24:00"


class Commission(BaseModel):
    """What an execution costs, in minor units of its currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_share_minor: int = Field(ge=0)
    minimum_minor: int = Field(ge=0)

    def of(self, shares: int) -> int:
        """The commission of one execution of so many shares, in minor units."""
        return max(self.minimum_minor, self.per_share_minor * shares)


class Exchange(BaseModel):
    """One exchange; `opens` and `closes` are local, `24:00` is the next midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    time_zone: str
    currency: str
    opens: str
    closes: str
    weekdays: frozenset[int]
    sessions_a_year: int
    source: str
    early_close: str = ""
    holidays: dict[int, frozenset[date]] = {}
    early_closes: frozenset[date] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    def session(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of a local day as instants in UTC, None for a day without trading.

        Days of a year whose holidays are not listed are taken for days of trading, week-ends apart.
        """
        if day.weekday() not in self.weekdays or day in self.holidays.get(day.year, ()):
            return None
        closes = self.early_close if day in self.early_closes else self.closes
        return self._instant(day, self.opens), self._instant(day, closes)

    def session_at(self, instant: datetime) -> tuple[date, datetime, datetime] | None:
        """The local day, opening and closing of the session that an instant falls into; the closing is outside."""
        day = instant.astimezone(self.zone).date()
        session = self.session(day)
        return (day, *session) if session and session[0] <= instant < session[1] else None

    def _instant(self, day: date, at: str) -> datetime:
        if at == _MIDNIGHT:
            day, at = day + timedelta(days=1), "00:00"
        return datetime.combine(day, time.fromisoformat(at), self.zone).astimezone(UTC)


class TradingPolicy(BaseModel):
    """Everything that paper trading declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quote_seconds: int = Field(gt=0)
    commission: Commission
    collar_pct: int = Field(gt=0)
    good_till_cancelled_days: int = Field(gt=0)
    leaderboard_minimum_sessions: int = Field(ge=2)
    exchanges: dict[str, Exchange]


@cache
def load_trading() -> TradingPolicy:
    """The declared policy."""
    return TradingPolicy.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
