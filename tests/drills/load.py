"""Bounded load: movements into Kafka at a rate, and questions to the API at another."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from confluent_kafka import KafkaError, Message, Producer

from tests.drills.movements import Crowd, Json, Movement, key, written

EVENTS = "transaction.events"

_FLUSH_SECONDS = 60.0
_ASKERS = 16
_ASKED = ("transaction_id", "leg", "attempt", "app", "jurisdiction", "kind", "channel", "account_id", "customer_id")
_ASKED_OF = ("counterparty_id", "device_id", "terminal_id", "amount_minor", "currency", "occurred_at")


class Wire:
    """A producer that knows what it sent: `sent` is the moment (seconds since the epoch) by movement."""

    def __init__(self, bootstrap: str) -> None:
        self.sent: dict[Movement, float] = {}
        self.refused: list[KafkaError] = []
        self._written = datetime.now(UTC)
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 1})

    def send(self, data: Json, topic: str = EVENTS) -> None:
        """Write a movement now, where its account belongs."""
        # No two are written at one instant: history is taken in this order.
        self._written = max(datetime.now(UTC), self._written + timedelta(microseconds=1))
        self.repeat(written(data, self._written), topic)

    def repeat(self, event: Json, topic: str, partition: int = -1) -> None:
        """Hand over an event as it was written once; without a partition its account decides."""
        data = event["data"]
        self.sent.setdefault(key(data), time.time())
        self._producer.produce(
            topic, json.dumps(event), data["account_id"], partition=partition, on_delivery=self._delivered
        )
        self._producer.poll(0)

    def flush(self) -> None:
        """Return when Kafka has everything; a message that it refused is a broken drill."""
        assert self._producer.flush(_FLUSH_SECONDS) == 0
        assert self.refused == []

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self.refused.append(error)


class Paced(threading.Thread):
    """Does `count` things, `rate` a second; what is late is done at once, so that the rate holds on average."""

    def __init__(self, rate: float, count: int, act: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._rate, self._count, self._act = rate, count, act

    def run(self) -> None:
        started = time.monotonic()
        for number in range(self._count):
            time.sleep(max(0.0, started + number / self._rate - time.monotonic()))
            self._act()


def traffic(wire: Wire, crowd: Crowd, rate: float, seconds: float) -> Paced:
    """Live movements that happen now."""
    return Paced(rate, round(rate * seconds), lambda: wire.send(crowd.movement(datetime.now(UTC))))


@dataclass(frozen=True)
class Answer:
    """What the API told about a movement; `asked_at` is in seconds since the epoch."""

    movement: Movement
    asked_at: float
    seconds: float
    status: int
    body: Json


class Questions:
    """Asks before it commits: every second movement that was asked for is committed afterwards, by the outbox's topic."""

    def __init__(self, client: httpx.Client, crowd: Crowd, wire: Wire) -> None:
        self.answers: list[Answer] = []
        self._client, self._crowd, self._wire = client, crowd, wire
        self._askers = ThreadPoolExecutor(_ASKERS)
        self._asked: list[Future[None]] = []

    def paced(self, rate: float, seconds: float) -> Paced:
        """So many questions a second for so long."""
        return Paced(rate, round(rate * seconds), self._submit)

    def finish(self) -> None:
        """Return when every question is answered; raises what asking raised."""
        for asked in self._asked:
            asked.result()
        self._askers.shutdown()

    def _submit(self) -> None:
        data = {**self._crowd.movement(datetime.now(UTC)), "leg": "debit"}
        self._asked.append(self._askers.submit(self._ask, data, commits=len(self._asked) % 2 == 0))

    def _ask(self, data: Json, *, commits: bool) -> None:
        asked_at = time.time()
        question = {name: data[name] for name in (*_ASKED, *_ASKED_OF)}
        answer = self._client.post("/v1/decisions/transactions", json=question)
        body = answer.json() if answer.headers["content-type"].endswith("json") else {}
        self.answers.append(Answer(key(data), asked_at, time.time() - asked_at, answer.status_code, body))
        if commits:
            self._wire.send(data)
