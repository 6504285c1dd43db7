"""Vectors of activity: what a decision tells of each key of its movement, and what the online store keeps of a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from contracts.features import kept_views

ACCOUNT = "account_activity"

# A view and the value of its key.
Place = tuple[str, str]


class ActivityRow(TypedDict):
    """One decision's vector. `keys` has the movement's keys by field, None or absent where it has none.

    `features` holds those of every view, and may hold more than any declares.
    """

    keys: Mapping[str, str | None]
    occurred_at: datetime
    features: Mapping[str, float | int | None]


# The decision that shows the latest activity of each key.
Latest = dict[Place, ActivityRow]

_KEYS = tuple((view.view, view.key) for view in kept_views())


@dataclass(frozen=True)
class ActivityVector:
    """The last stored activity of one key of a view; None where a feature is undefined."""

    key: str
    occurred_at: datetime
    features: dict[str, float | None]

    def age(self, moment: datetime) -> timedelta:
        """How old the vector is at a moment, in business time; never negative."""
        return max(moment - self.occurred_at, timedelta(0))


def places(keys: Mapping[str, str | None]) -> list[Place]:
    """Where the vectors of a movement's keys are; none for a key that it does not have."""
    return [(view, value) for view, name in _KEYS if (value := keys.get(name)) is not None]


def keep_latest(latest: Latest, rows: Iterable[ActivityRow]) -> None:
    """Bring `latest` to the row that was taken last for each key at its latest business time."""
    for row in rows:
        moment = row["occurred_at"]
        for place in places(row["keys"]):
            known = latest.get(place)
            if known is None or moment >= known["occurred_at"]:
                latest[place] = row


def latest_of(rows: Iterable[ActivityRow]) -> Latest:
    """The row that was taken last for each key at its latest business time."""
    latest: Latest = {}
    keep_latest(latest, rows)
    return latest
