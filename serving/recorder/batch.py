"""Sort one batch of Kafka messages into what is to be recorded; what cannot be read goes to quarantine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.errors import InvalidInputError
from contracts.events import event_schema
from contracts.features import kept_views
from feature_repo.vectors import ActivityRow

Json = dict[str, Any]
Clock = Callable[[], datetime]

SCORES, ALERTS, QUARANTINE = "transaction.scores", "aml.alerts", "quarantine.events"

_BEYOND_64_BITS = 2**63

_TYPES = {SCORES: "transaction.scored.v1", ALERTS: "alert.raised.v1", QUARANTINE: "event.quarantined.v1"}

_KEYS = tuple(view.key for view in kept_views())
_ALWAYS = frozenset(_KEYS) & set(event_schema(_TYPES[SCORES]).schema["required"])


@dataclass(frozen=True)
class Message:
    """A Kafka message as it came; `produced_at` is the broker's clock in seconds since the epoch."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    produced_at: float


@dataclass
class Batch:
    """What to record, in the order read."""

    decisions: list[Json] = field(default_factory=list)
    alerts: list[Json] = field(default_factory=list)
    quarantined: list[Json] = field(default_factory=list)
    vectors: list[ActivityRow] = field(default_factory=list)


def sort_messages(messages: Iterable[Message], clock: Clock) -> Batch:
    """The batch that `messages` make; never raises for what a message holds."""
    batch = Batch()
    for message in messages:
        try:
            _sort(message, batch)
        except InvalidInputError as error:
            batch.quarantined.append(refusal(message, error.field, error.message, clock))
    return batch


def refusal(message: Message, broken_field: str, error: str, clock: Clock) -> Json:
    """A message of ours as an entry of the quarantine."""
    return {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "key": None if message.key is None else message.key.decode("utf-8", "replace"),
        "field": broken_field,
        "error": error,
        "payload": (message.value or b"").decode("utf-8", "replace"),
        "quarantined_at": clock().isoformat(),
    }


def _sort(message: Message, batch: Batch) -> None:
    data = _data(message)
    if message.topic == ALERTS:
        batch.alerts.append(data)
    elif message.topic == QUARANTINE:
        batch.quarantined.append(data)
    else:
        vector = _vector(data)
        if data["mode"] == "job":  # the API's own decisions repeat a stored vector: it would come back as a fresh one
            batch.vectors.append(vector)
        if data["origin"] != "history":
            batch.decisions.append(data)


def _data(message: Message) -> Json:
    """The event's data with the fields that its contract requires: the job wrote it, so the shape is all that can fail."""
    try:
        event = json.loads(message.value or b"")
    except ValueError as error:
        raise InvalidInputError("is no JSON", field="") from error
    expected = _TYPES[message.topic]
    if not isinstance(event, dict) or event.get("type") != expected:
        raise InvalidInputError(f"is not {expected}", field="type")
    data = event.get("data")
    if not isinstance(data, dict):
        raise InvalidInputError("is no object", field="data")
    for name in event_schema(expected).schema["required"]:
        if name not in data:
            raise InvalidInputError("is required", field=f"data.{name}")
    return data


def _vector(data: Json) -> ActivityRow:
    try:
        occurred_at = datetime.fromisoformat(data["occurred_at"]).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError("is no instant", field="data.occurred_at") from error
    if not isinstance(data["features"], dict):
        raise InvalidInputError("is no object", field="data.features")
    for name, value in data["features"].items():
        if not _is_feature(value):
            raise InvalidInputError("is no number", field=f"data.features.{name}")
    keys = {name: data.get(name) for name in _KEYS}
    for name, value in keys.items():
        if not _is_text(value) and (value is not None or name in _ALWAYS):
            raise InvalidInputError("is no text", field=f"data.{name}")
    return ActivityRow(keys=keys, occurred_at=occurred_at, features=data["features"])


def _is_feature(value: object) -> bool:
    """Absent, or a finite number that fits 64 bits: the online store takes nothing else."""
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _BEYOND_64_BITS


def _is_text(value: object) -> bool:
    """JSON can spell half a character, which no store keeps."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
