"""What was sent, told, stored and reported of each movement, and where they do not agree."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from confluent_kafka import Consumer, TopicPartition

from contracts.settings import Settings
from contracts.topics import load_topics
from tests.drills.load import Answer
from tests.drills.movements import Json, Movement, key

SCORES = "transaction.scores"

_CALL_SECONDS = 30.0
# What the API adds for people; the rest of an answer is the stored document's.
_EXPLAINED = frozenset({"decision_id", "reasons", "features", "feature_age_seconds"})


@dataclass(frozen=True)
class Told:
    """One message of `transaction.scores`; `at` is the broker's clock, in seconds since the epoch."""

    partition: int
    offset: int
    at: float
    data: Json


class Scores(threading.Thread):
    """Reads every decision that is told from now on, whose transaction belongs to the run."""

    def __init__(self, settings: Settings, run: str) -> None:
        super().__init__(daemon=True)
        self.told: dict[Movement, list[Told]] = defaultdict(list)
        self._run_prefix = f"{run}-"
        self._ending = threading.Event()
        self._consumer = Consumer(
            {"bootstrap.servers": settings.kafka_bootstrap, "group.id": "drill", "enable.auto.commit": False}
        )
        partitions = next(topic.partitions for topic in load_topics() if topic.name == SCORES)
        places = [TopicPartition(SCORES, number) for number in range(partitions)]
        for place in places:
            place.offset = self._consumer.get_watermark_offsets(place, timeout=_CALL_SECONDS)[1]
        self._consumer.assign(places)

    def run(self) -> None:
        while not self._ending.is_set():
            for message in self._consumer.consume(500, 0.1):
                if message.error() is None:
                    self._take(
                        int(message.partition() or 0),
                        int(message.offset() or 0),
                        message.timestamp()[1] / 1000,
                        message.value() or b"",
                    )
        self._consumer.close()

    def close(self) -> None:
        """End reading."""
        self._ending.set()
        self.join(_CALL_SECONDS)

    def first(self) -> dict[Movement, Told]:
        """The first decision of the job told on each movement."""
        by_job = {
            movement: [one for one in told if one.data["mode"] == "job"] for movement, told in list(self.told.items())
        }
        return {movement: told[0] for movement, told in by_job.items() if told}

    def _take(self, partition: int, offset: int, at: float, value: bytes) -> None:
        data = json.loads(value)["data"]
        if data["transaction_id"].startswith(self._run_prefix):
            self.told[key(data)].append(Told(partition, offset, at, data))


@dataclass(frozen=True)
class Stored:
    """The platform database's decisions of a run, and what was told later and differs."""

    decisions: dict[Movement, Json]
    rescored: dict[Movement, list[Json]]
    unpublished: int


def read_stored(settings: Settings, run: str) -> Stored:
    """What PostgreSQL holds of a run; `unpublished` counts fallback decisions that wait for Kafka."""
    ours = (f"{run}-%",)
    with psycopg.connect(settings.database_url("platform")) as connection:
        decided = connection.execute("select document from decisions where transaction_id like %s", ours).fetchall()
        again = connection.execute("select document from rescored where transaction_id like %s", ours).fetchall()
        waiting = connection.execute(
            "select transaction_id from decisions where mode = 'fallback' and published_at is null"
        ).fetchall()
    rescored: dict[Movement, list[Json]] = defaultdict(list)
    for (document,) in again:
        rescored[key(document)].append(document)
    return Stored({key(document): document for (document,) in decided}, rescored, len(waiting))


def disagreements(movements: Collection[Movement], answers: Iterable[Answer], scores: Scores, stored: Stored) -> Json:
    """Every way in which sent, told, stored and reported differ, with up to three examples each; empty when none does."""
    told = {movement: list(messages) for movement, messages in list(scores.told.items())}
    found = {
        "sent and not stored": set(movements) - stored.decisions.keys(),
        "stored and never sent": stored.decisions.keys() - set(movements),
        "answered otherwise than stored": {one.movement for one in answers if not _answers(one, stored.decisions)},
        "reported otherwise than stored": {
            movement
            for movement, decision in stored.decisions.items()
            if movement not in told or content(reported(told[movement])) != content(decision)
        },
        "differing and not in rescored": {
            movement
            for movement, decision in stored.decisions.items()
            if _others(told.get(movement, []), decision) != {content(one) for one in stored.rescored.get(movement, [])}
        },
        "told by nobody's question or movement": told.keys() - set(movements),
    }
    if stored.unpublished:
        found["fallback decisions not yet published"] = {("", "", stored.unpublished)}
    return {what: [len(which), sorted(which)[:3]] for what, which in found.items() if which}


def content(decision: Json) -> str:
    """What makes two decisions the same: all but the clock and the way by which the movement came (02_decisions.sql)."""
    return json.dumps(
        {name: value for name, value in decision.items() if name not in {"decided_at", "origin"}}, sort_keys=True
    )


def reported(told: list[Told]) -> Json:
    """The decision that silver takes for reports: a fallback before the job's, then by place (specification.py)."""
    return min(told, key=lambda one: (one.data["mode"] != "fallback", one.partition, one.offset)).data


def _others(told: list[Told], decision: Json) -> set[str]:
    return {content(one.data) for one in told} - {content(decision)}


def _answers(answer: Answer, decisions: dict[Movement, Json]) -> bool:
    decision: dict[str, Any] = decisions.get(answer.movement, {})
    shared = answer.body.keys() - _EXPLAINED
    return all(answer.body[name] == decision.get(name) for name in shared)
