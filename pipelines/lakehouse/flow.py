"""Whether data flows as it usually does: the age of the newest row, and a day's rows against its weekday's past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from contracts.lakehouse.flow import FlowClass, VolumePolicy
from pipelines.lakehouse.catalog import Lake

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Volume:
    """A day's rows and the bounds within which they are usual; no bounds while too few weeks are known."""

    day: date
    rows: int
    least: float | None = None
    most: float | None = None

    @property
    def is_usual(self) -> bool:
        """Whether nothing speaks against it."""
        return self.least is None or self.most is None or self.least <= self.rows <= self.most


def newest_arrival(lake: Lake, name: str, flow: FlowClass) -> datetime | None:
    """When the table's newest row reached Kafka; None while it has no rows."""
    lake.attach(name)
    row = lake.session.execute(f"select max({flow.arrived_by}) from {name}").fetchone()  # noqa: S608 - declared names
    return row[0] if row else None


def rows_by_day(lake: Lake, name: str, policy: VolumePolicy) -> dict[date, int]:
    """How many rows each UTC day has, of those that the policy looks at."""
    lake.attach(name)
    newest = f"(select max({policy.day_of}) from {name})"  # noqa: S608 - declared names
    rows = lake.session.execute(
        f"select cast({policy.day_of} as date), count(*) from {name}"  # noqa: S608 - likewise
        f" where {policy.day_of} >= {newest} - to_days({7 * policy.weeks + 2}) group by 1"
    ).fetchall()
    return dict(rows)


def judge_volume(counts: Mapping[date, int], policy: VolumePolicy) -> Volume | None:
    """The last whole day, which is the one before the newest; None before there is one.

    A day without rows counts as none, once the table had begun.
    """
    if len(counts) < 2:  # noqa: PLR2004 - the newest day and the one before
        return None
    day, first = max(counts) - timedelta(days=1), min(counts)
    past = [day - week * _WEEK for week in range(1, policy.weeks + 1) if day - week * _WEEK >= first]
    rows = counts.get(day, 0)
    if len(past) < policy.minimum_weeks:
        return Volume(day, rows)
    known = [counts.get(one, 0) for one in past]
    middle = median(known)
    deviation = median(abs(count - middle) for count in known)
    width = max(policy.spread * deviation, policy.tolerance * middle)
    return Volume(day, rows, max(0.0, middle - width), middle + width)
