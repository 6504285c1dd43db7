"""Where the time of each event or question went, from the stamps that are there anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import psycopg

from contracts.benchmarks import Figure
from contracts.errors import TransientError
from contracts.settings import Settings
from tests.bench.streaming_kafka import BenchTopics

Json = dict[str, Any]

# The last stamp of a stage by the stage's name, in order; the first is when it was due.
OF_A_SCORE = ("sender", "to_kafka", "job", "back_to_kafka")
OF_AN_ANSWER = ("sender", "api", "to_kafka", "job", "back_to_kafka", "reply_and_store", "answer")

_TAIL = 0.99


@dataclass(frozen=True)
class Waterfall:
    """Stamps (s since 1970) of what went all the way: one row each, the column before the first stage is when it was due."""

    stages: tuple[str, ...]
    stamps: np.ndarray[Any, np.dtype[np.float64]]

    def figures(self, name: str) -> Iterator[tuple[str, Figure]]:
        """Percentiles of the whole; of each stage its own median, and its mean among the slowest hundredth."""
        whole = 1000 * (self.stamps[:, -1] - self.stamps[:, 0])
        for quantile, told in ((0.5, "p50"), (_TAIL, "p99"), (0.999, "p999")):
            yield f"{name}_{told}", Figure(float(np.quantile(whole, quantile)), "ms")
        parts = 1000 * np.diff(self.stamps, axis=1)
        slowest = parts[whole >= np.quantile(whole, _TAIL)]
        for number, stage in enumerate(self.stages):
            yield f"{name}_stage_{stage}_p50", Figure(float(np.median(parts[:, number])), "ms")
            yield f"{name}_stage_{stage}_slowest", Figure(float(slowest[:, number].mean()), "ms")


def of_scores(topics: BenchTopics, sent: Sequence[Json], name: str) -> Waterfall:
    """Events from due to when Kafka kept their score."""
    kept = {event["id"]: at for at, event in _told(topics, "transaction.events", name)}
    scores = {event["data"]["transaction_id"]: (at, event) for at, event in _told(topics, "transaction.scores", name)}
    rows = []
    for row in sent:
        if row["id"] in scores:
            at, score = scores[row["id"]]
            rows.append([row["due"], row["sent"], kept[row["id"]], _seconds(score["data"]["decided_at"]), at])
    return _waterfall(OF_A_SCORE, rows, len(sent), name)


def of_answers(settings: Settings, topics: BenchTopics, sent: Sequence[Json], name: str) -> Waterfall:
    """Questions from due to answered; those that the API answered alone are left out, and counted elsewhere."""
    asked = {event["data"]["transaction_id"]: (at, event) for at, event in _told(topics, "scoring.requests", name)}
    replies = {event["data"]["transaction_id"]: (at, event) for at, event in _told(topics, "scoring.replies", name)}
    stored = _stored(settings, name)
    rows = []
    for row in (one for one in sent if one["answer"] == "job"):
        (asked_at, request), (replied_at, reply) = asked[row["id"]], replies[row["id"]]
        stamps = [_seconds(request["time"]), asked_at, _seconds(reply["data"]["decided_at"]), replied_at]
        rows.append([row["due"], row["sent"], *stamps, stored[row["id"]], row["done"]])
    return _waterfall(OF_AN_ANSWER, rows, 0, name)


def of_bare(sent: Sequence[Json]) -> Waterfall:
    """Questions to whoever echoes."""
    return _waterfall(
        ("sender", "round_trip"), [[row["due"], row["sent"], row["done"]] for row in sent], len(sent), "bare"
    )


def falling(figures: Mapping[str, Figure], name: str, kind: str) -> list[tuple[str, float]]:
    """Stages with their milliseconds, in order; `kind` is p50 or slowest."""
    begin, end = f"{name}_stage_", f"_{kind}"
    found = [one for one in figures if one.startswith(begin) and one.endswith(end)]
    return [(one.removeprefix(begin).removesuffix(end), figures[one].value) for one in found]


def _waterfall(stages: tuple[str, ...], rows: list[list[float]], wanted: int, name: str) -> Waterfall:
    if not rows or len(rows) < wanted:
        raise TransientError(f"{name}: only {len(rows)} of {wanted or 'all'} came back.")
    stamps = np.array(rows)
    # Kafka's stamps are whole milliseconds, cut: none lies before what led to it.
    return Waterfall(stages, np.maximum.accumulate(stamps, axis=1))


def _told(topics: BenchTopics, topic: str, name: str) -> Iterator[tuple[float, Json]]:
    for at, value in topics.stamped(topic):
        event = orjson.loads(value)
        if event["data"]["transaction_id"].startswith(f"{name}-"):
            yield at, event


def _stored(settings: Settings, name: str) -> dict[str, float]:
    with psycopg.connect(settings.database_url("platform")) as connection:
        rows = connection.execute(
            "select transaction_id, extract(epoch from recorded_at)::float8 from decisions where transaction_id like %s",
            [f"{name}-%"],
        )
        return dict(rows.fetchall())


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
