"""What the kernel must say, written so that it can be seen to be right: every window is read over every kept movement.

Slow on purpose, and used only by tests. It follows the declarations of `contracts/features` and the memory bounds that
docs/decisions/0003 sets: a window's memory reaches back two windows from the account's latest movement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

Json = dict[str, Any]
Movement = tuple[str, str, int]
Content = tuple[tuple[int, str], str | None]

TAKEN_AT_LEAST = 256
TAKEN_AT_MOST = 4096
TAKEN_SPAN = 48 * 3600 * 1_000_000

_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: str) -> int:
    """Microseconds since the epoch of an RFC 3339 instant."""
    since = datetime.fromisoformat(instant) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


@dataclass
class ReferenceAccount:
    """One account: what it took, and what each declared feature keeps of that."""

    features: Sequence[Json]
    sequence: int = 0
    latest: int = 0
    taken: list[tuple[Movement, Content, int]] = field(default_factory=list)
    kept: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> Json | None:
        """The value of every feature at this movement; None when the account knows the movement already.

        One that moves another amount, or to another party, than what is known under its name is a new attempt.
        """
        attempt, content = event["attempt"], ((event["amount_minor"], event["currency"]), event.get("counterparty_id"))
        while (known := self._known((event["transaction_id"], event["leg"], attempt))) is not None:
            if not _differs(known, content):
                return None
            attempt += 1
        movement = (event["transaction_id"], event["leg"], attempt)
        at = micros(event["occurred_at"])
        values = {feature["name"]: self._value(feature, event, at) for feature in self.features}
        self.latest = at if self.sequence == 0 else max(self.latest, at)
        self.sequence += 1
        self._forget()
        self.taken.append((movement, content, at))
        while len(self.taken) > TAKEN_AT_LEAST and (
            len(self.taken) > TAKEN_AT_MOST or self.taken[0][2] <= self.latest - TAKEN_SPAN
        ):
            del self.taken[0]
        return values

    def _known(self, movement: Movement) -> Content | None:
        return next((content for known, content, _ in reversed(self.taken) if known == movement), None)

    def _value(self, feature: Json, event: Mapping[str, Any], at: int) -> float | int | None:
        aggregate = feature["aggregate"]
        if aggregate == "seconds_since_last":
            return None if self.sequence == 0 else max(0, at - self.latest) / _SECOND
        if aggregate == "first_seen":
            return self._first_seen(feature, event)
        if "window_ms" in feature:
            return self._over_window(feature, event, at)
        return _OF_THE_MOVEMENT[aggregate](feature, event, at)

    def _over_window(self, feature: Json, event: Mapping[str, Any], at: int) -> float | int | None:
        resolution = feature["resolution_ms"] * 1000
        entries = self.kept.setdefault(feature["name"], [])
        if _counts(feature, event):
            entries.append((at // resolution, event.get(feature.get("of", ""))))
        first, last = (at - feature["window_ms"] * 1000) // resolution, at // resolution
        inside = [value for bucket, value in entries if first < bucket <= last]
        return _AGGREGATES[feature["aggregate"]](inside, feature, event)

    def _first_seen(self, feature: Json, event: Mapping[str, Any]) -> int | None:
        if not _counts(feature, event):
            return None
        used = self.used.setdefault(feature["name"], [])
        value = event[feature["of"]]
        new = value not in used
        if not new:
            used.remove(value)
        used.append(value)
        del used[: -feature["cap"]]
        return int(new)

    def _forget(self) -> None:
        for feature in self.features:
            if feature["name"] in self.kept:
                last = (self.latest - 2 * feature["window_ms"] * 1000) // (feature["resolution_ms"] * 1000)
                self.kept[feature["name"]] = [entry for entry in self.kept[feature["name"]] if entry[0] > last]


def _differs(known: Content, content: Content) -> bool:
    """A party that one of the two does not name differs from none."""
    amounts, parties = (known[0], content[0]), (known[1], content[1])
    return amounts[0] != amounts[1] or (None not in parties and parties[0] != parties[1])


def matches(feature: Json, event: Mapping[str, Any]) -> bool:
    """Whether a movement passes a feature's filter: a null passes no condition."""
    return all(_holds(wanted, event.get(name)) for name, wanted in feature.get("filter", {}).items())


def _holds(wanted: object, value: object) -> bool:
    if value is None:
        return False
    if isinstance(wanted, Mapping):
        number = cast(float, value)
        return bool(wanted.get("min", number) <= number <= wanted.get("max", number))
    return value in cast(Sequence[object], wanted)


def _counts(feature: Json, event: Mapping[str, Any]) -> bool:
    return matches(feature, event) and ("of" not in feature or event.get(feature["of"]) is not None)


def _ratio_to_mean(inside: list[Any], feature: Json, event: Mapping[str, Any]) -> float | None:
    if not _counts(feature, event) or not sum(inside):
        return None
    return float(event[feature["of"]]) / (float(sum(inside)) / len(inside))


_AGGREGATES: dict[str, Callable[[list[Any], Json, Mapping[str, Any]], float | int | None]] = {
    "count": lambda inside, _feature, _event: len(inside),
    "sum": lambda inside, _feature, _event: sum(inside),
    "mean": lambda inside, _feature, _event: float(sum(inside)) / len(inside) if inside else None,
    "max": lambda inside, _feature, _event: max(inside, default=None),
    "distinct": lambda inside, feature, _event: min(len(set(inside)), feature["cap"]),
    "ratio_to_mean": _ratio_to_mean,
}
_OF_THE_MOVEMENT: dict[str, Callable[[Json, Mapping[str, Any], int], float | int | None]] = {
    "value": lambda feature, event, _at: event.get(feature["of"]),
    "hour_of_day": lambda _feature, _event, at: at // (3600 * _SECOND) % 24,
    "day_of_week": lambda _feature, _event, at: (at // (86_400 * _SECOND) + 3) % 7,
    "matches": lambda feature, event, _at: int(matches(feature, event)),
}
