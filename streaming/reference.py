"""What the kernel must say, written so that it can be seen to be right: every window is read over every kept movement.

Slow on purpose, and used only by tests. It follows the declarations of `contracts/features` and what docs/decisions 0003 and 0022
say of memory, order and closed buckets. Movements are decided in the order given, as live ones are.
"""

from __future__ import annotations

import math
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
_NEVER = 1 << 62
# What can take one value back without keeping all.
_FORGIVING = frozenset({"count", "sum", "mean", "stddev", "ratio_to_mean"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: str) -> int:
    """Microseconds since the epoch of an RFC 3339 instant."""
    since = datetime.fromisoformat(instant) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


@dataclass
class ReferenceKernel:
    """The whole chain over views as the job's configuration has them: accounts first, the party last."""

    views: Sequence[Json]
    accounts: dict[str, ReferenceAccount] = field(default_factory=dict)
    keys: dict[tuple[str, str], ReferenceKey] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> Json | None:
        """The value of every feature at this movement; None when its account knows the movement already."""
        account, own, *others = self._split()
        state = self.accounts.setdefault(event["account_id"], ReferenceAccount(account["features"]))
        values = state.take(event)
        if values is None:
            return None
        at = micros(event["occurred_at"])
        for feature in own["features"] if own else ():
            values[feature["name"]] = _OF_THE_MOVEMENT[feature["aggregate"]](feature, event, at)
        for view in others:
            empty: Json = dict.fromkeys(feature["name"] for feature in view["features"])
            key = event.get(view["key"])
            values |= empty if key is None else self._key(view, key).take({**values, **event})
        return values

    def tell(self, label: Mapping[str, Any]) -> None:
        """Note a label where its movement's keys keep frauds; one that does not say when the movement was tells nothing."""
        if label.get("occurred_at") is None or label["label"] not in {"fraud", "legitimate"}:
            return
        for view in self._split()[2:]:
            key = label.get(view["key"])
            if key is not None and any(feature["aggregate"] in _OF_FRAUDS for feature in view["features"]):
                self._key(view, key).tell(label)

    def _key(self, view: Json, key: str) -> ReferenceKey:
        return self.keys.setdefault((view["view"], key), ReferenceKey(view["features"], view["lag_ms"] * 1000))

    def _split(self) -> list[Json]:
        """The account's view, that of the movement itself (possibly empty), then the others."""
        account, *others = self.views
        own = [view for view in others if "lag_ms" not in view]
        return [account, own[0] if own else {"features": []}, *(view for view in others if "lag_ms" in view)]


@dataclass
class ReferenceKey:
    """A key that is not the account: it is asked over buckets that closed `lag` microseconds before the event."""

    features: Sequence[Json]
    lag: int
    latest: int | None = None
    kept: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    frauds: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> Json:
        """The value of every feature at this movement."""
        at = micros(event["occurred_at"])
        self.latest = at if self.latest is None else max(self.latest, at)
        for feature in self.features:
            if event["status"] != "reversed" and _counts(feature, event):
                bucket = at // _resolution(feature)
                self.kept.setdefault(feature["name"], []).append((bucket, _whole(event.get(feature.get("of", "")))))
        values = {feature["name"]: self._value(feature, event, at) for feature in self.features}
        self._forget()
        return values

    def tell(self, label: Mapping[str, Any]) -> None:
        """Note what was told of a movement, by the buckets in which it happened, was known, and was taken back."""
        at, known = micros(label["occurred_at"]), micros(label["known_at"])
        self.latest = at if self.latest is None else max(self.latest, at)
        movement = f"{label['transaction_id']}|{label['leg']}"
        for feature in self.features:
            if feature["aggregate"] in _OF_FRAUDS and matches(feature, label):
                told, frauds = known // _resolution(feature), self.frauds.setdefault(feature["name"], {})
                entry = frauds.get(movement)
                if entry is None and label["label"] == "fraud":
                    frauds[movement] = [at // _resolution(feature), told, _NEVER]
                elif entry is not None:
                    which = 1 if label["label"] == "fraud" else 2
                    entry[which] = min(entry[which], told)
        self._forget()

    def _value(self, feature: Json, event: Mapping[str, Any], at: int) -> float | int | None:
        resolution = _resolution(feature)
        closed = (at - self.lag) // resolution - 1
        last = closed - feature.get("delay_ms", 0) * 1000 // resolution
        first = last - feature["window_ms"] * 1000 // resolution
        entries = [entry for entry in self.kept.get(feature["name"], []) if first < entry[0] <= last]
        if feature["aggregate"] in _OF_FRAUDS:
            frauds = [
                bucket
                for bucket, known, taken_back in self.frauds.get(feature["name"], {}).values()
                if first < bucket <= last and known <= closed < taken_back
            ]
            return _of_frauds(feature, at, entries, frauds) if entries else None
        inside = [value for _, value in entries]
        return _AGGREGATES[feature["aggregate"]](inside, feature, event)

    def _forget(self) -> None:
        for feature in self.features:
            last = _forgotten(feature, cast(int, self.latest), self.lag)
            name = feature["name"]
            self.kept[name] = [entry for entry in self.kept.get(name, []) if entry[0] > last]
            self.frauds[name] = {key: entry for key, entry in self.frauds.get(name, {}).items() if entry[0] > last}


@dataclass
class ReferenceAccount:
    """One account: what it took, and what each declared feature keeps of that."""

    features: Sequence[Json]
    sequence: int = 0
    latest: int = 0
    taken: list[tuple[Movement, Content, int]] = field(default_factory=list)
    reached: set[tuple[Movement, str]] = field(default_factory=set)
    kept: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> Json | None:
        """The value of every feature at this movement; None when the account knows the movement already.

        One that moves another amount, or to another party, than what is known under its name is a new attempt.
        """
        attempt, content = event["attempt"], ((event["amount_minor"], event["currency"]), event.get("counterparty_id"))
        while (known := self._known((event["transaction_id"], event["leg"], attempt))) is not None:
            if not _differs(known, content):
                self._transit((event["transaction_id"], event["leg"], attempt), event)
                return None
            attempt += 1
        movement = (event["transaction_id"], event["leg"], attempt)
        at = micros(event["occurred_at"])
        values = {feature["name"]: self._value(feature, event, at) for feature in self.features}
        self.latest = at if self.sequence == 0 else max(self.latest, at)
        self.sequence += 1
        self._forget()
        self.taken.append((movement, content, at))
        self.reached -= {(movement, "failed"), (movement, "reversed")}
        self.reached.add((movement, event["status"]))
        while len(self.taken) > TAKEN_AT_LEAST and (
            len(self.taken) > TAKEN_AT_MOST or self.taken[0][2] <= self.latest - TAKEN_SPAN
        ):
            del self.taken[0]
        return values

    def _known(self, movement: Movement) -> Content | None:
        return next((content for known, content, _ in reversed(self.taken) if known == movement), None)

    def _transit(self, movement: Movement, event: Mapping[str, Any]) -> None:
        """A failure counts where failures do; a reversal takes the movement back where single values can be taken back."""
        status = event["status"]
        if status not in {"failed", "reversed"} or (movement, status) in self.reached:
            return
        self.reached.add((movement, status))
        at = micros(event["occurred_at"])
        for feature in self.features:
            entries = self.kept.get(feature["name"], [])
            entry = (at // _resolution(feature), event.get(feature.get("of", ""))) if "window_ms" in feature else None
            if entry is None or not _passes(feature, event):
                continue
            if feature.get("transition") == status:
                self.kept.setdefault(feature["name"], []).append(entry)
            elif "transition" not in feature and status == "reversed" and feature["aggregate"] in _FORGIVING:
                same = next((place for place, one in enumerate(entries) if one == entry), None)
                if same is not None:
                    del entries[same]

    def _value(self, feature: Json, event: Mapping[str, Any], at: int) -> float | int | None:
        aggregate = feature["aggregate"]
        if aggregate == "seconds_since_last":
            return None if self.sequence == 0 else max(0, at - self.latest) / _SECOND
        if aggregate == "first_seen":
            return self._first_seen(feature, event)
        if aggregate == "seconds_since_other":
            return self._since_other(feature, event, at)
        if "window_ms" in feature:
            return self._over_window(feature, event, at)
        return _OF_THE_MOVEMENT[aggregate](feature, event, at)

    def _over_window(self, feature: Json, event: Mapping[str, Any], at: int) -> float | int | None:
        resolution = _resolution(feature)
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

    def _since_other(self, feature: Json, event: Mapping[str, Any], at: int) -> float | None:
        if not _counts(feature, event):
            return None
        places, value = self.places.setdefault(feature["name"], []), event[feature["of"]]
        other = next((when for place, when in reversed(places) if place != value), None)
        places.append((value, at))
        return None if other is None else max(0, at - other) / _SECOND

    def _forget(self) -> None:
        for feature in self.features:
            if feature["name"] in self.kept:
                last = _forgotten(feature, self.latest, 0)
                self.kept[feature["name"]] = [entry for entry in self.kept[feature["name"]] if entry[0] > last]


def _resolution(feature: Json) -> int:
    return int(feature["resolution_ms"]) * 1000


def _forgotten(feature: Json, latest: int, lag: int) -> int:
    """The last bucket that is forgotten: memory reaches back one window more than the latest movement needs."""
    span = 2 * feature["window_ms"] * 1000 + feature.get("delay_ms", 0) * 1000 + lag + _resolution(feature)
    return int((latest - span) // _resolution(feature))


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
        inside = wanted.get("min", number) <= number <= wanted.get("max", number)
        return bool(inside and number % wanted.get("multiple_of", 1) == 0)
    return value in cast(Sequence[object], wanted)


def _passes(feature: Json, event: Mapping[str, Any]) -> bool:
    """Whether there is something to count: a movement belongs to a streak whatever is known of it."""
    told = feature["aggregate"] in _OF_FRAUDS or "of" not in feature or event.get(feature["of"]) is not None
    return told and matches(feature, event)


def _counts(feature: Json, event: Mapping[str, Any]) -> bool:
    """Whether a movement counts when it is first seen: one that comes as reversed never moved anything."""
    status = event["status"]
    fits = status == feature["transition"] if "transition" in feature else status != "reversed"
    return fits and _passes(feature, event)


def _deviation(inside: list[Any]) -> float | None:
    """The population's standard deviation: whole numbers until the last two steps."""
    if not inside:
        return None
    spread = len(inside) * sum(value * value for value in inside) - sum(inside) ** 2
    return math.sqrt(spread) / len(inside)


def _whole(value: Any) -> Any:  # noqa: ANN401 - what an event may hold
    """What is summed of a value: of one that is not whole, the whole hundredths."""
    return math.floor(value * 100) if isinstance(value, float) else value


def _of_frauds(feature: Json, at: int, entries: list[tuple[int, Any]], frauds: list[int]) -> float | int | None:
    """Of a window's movements, of which there is one, and of the buckets of its frauds; what is not known of one is in no mean."""
    if feature["aggregate"] == "fraud_share":
        return len(frauds) / len(entries)
    streak = _streak([bucket for bucket, _ in entries], frauds)
    if feature["aggregate"] == "fraud_streak":
        return len(streak)
    if not streak:
        return 0.0
    if feature["aggregate"] == "fraud_streak_mean":
        hundredths = [value for bucket, value in entries if bucket >= min(streak) and value is not None]
        return sum(hundredths) / 100 / len(hundredths) if hundredths else None
    return (at - min(streak) * _resolution(feature)) / _SECOND


def _streak(buckets: list[int], frauds: list[int]) -> list[int]:
    """The bucket of each movement of the newest ones, back to the first that held more of them than frauds."""
    streak: list[int] = []
    for bucket in sorted(set(buckets), reverse=True):
        if frauds.count(bucket) < buckets.count(bucket):
            break
        streak += [bucket] * buckets.count(bucket)
    return streak


def _ratio_to_mean(inside: list[Any], feature: Json, event: Mapping[str, Any]) -> float | None:
    if not _passes(feature, event) or not sum(inside):
        return None
    return float(event[feature["of"]]) / (float(sum(inside)) / len(inside))


_AGGREGATES: dict[str, Callable[[list[Any], Json, Mapping[str, Any]], float | int | None]] = {
    "count": lambda inside, _feature, _event: len(inside),
    "sum": lambda inside, _feature, _event: sum(inside),
    "mean": lambda inside, _feature, _event: float(sum(inside)) / len(inside) if inside else None,
    "max": lambda inside, _feature, _event: max(inside, default=None),
    "min": lambda inside, _feature, _event: min(inside, default=None),
    "stddev": lambda inside, _feature, _event: _deviation(inside),
    "distinct": lambda inside, feature, _event: min(len(set(inside)), feature["cap"]),
    "ratio_to_mean": _ratio_to_mean,
}
_OF_FRAUDS = frozenset({"fraud_share", "fraud_streak", "fraud_streak_seconds", "fraud_streak_mean"})
_OF_THE_MOVEMENT: dict[str, Callable[[Json, Mapping[str, Any], int], float | int | None]] = {
    "value": lambda feature, event, _at: event.get(feature["of"]),
    "hour_of_day": lambda _feature, _event, at: at // (3600 * _SECOND) % 24,
    "day_of_week": lambda _feature, _event, at: (at // (86_400 * _SECOND) + 3) % 7,
    "matches": lambda feature, event, _at: int(matches(feature, event)),
}
