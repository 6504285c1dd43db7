"""The recorder between a real Kafka and a real PostgreSQL: nothing lost, nothing twice, nothing stopped."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer
from psycopg import Connection

from contracts.settings import Settings
from feature_repo.vectors import ActivityRow, Place
from serving import platform_schema
from serving.recorder.recorder import Recorder, open_consumer
from serving.recorder.vectors import VectorWriter
from tests.integration.streaming.stack import Stack
from tests.unit.recorder.test_batch import score

pytestmark = pytest.mark.integration

SECONDS = 60


class Vectors:
    """An online store in memory."""

    def __init__(self) -> None:
        self.kept: dict[Place, float | int | None] = {}

    def write(self, latest: Mapping[Place, ActivityRow]) -> int:
        self.kept.update({place: row["features"]["account__count_transactions_1h"] for place, row in latest.items()})
        return len(latest)


class Running:
    """A recorder in a thread of its own."""

    def __init__(self, stack: Stack, postgres: Settings, vectors: Vectors) -> None:
        self._stop = threading.Event()

        def connect() -> Connection[Any]:
            return psycopg.connect(postgres.database_url("platform"), autocommit=True)

        recorder = Recorder(open_consumer(stack.settings.kafka_bootstrap), connect, VectorWriter(lambda: vectors))
        self._thread = threading.Thread(target=recorder.run, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def platform(postgres: Settings) -> Iterator[Connection[Any]]:
    with psycopg.connect(postgres.database_url("platform"), autocommit=True) as connection:
        platform_schema.apply(connection)
        yield connection


def send(stack: Stack, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": stack.settings.kafka_bootstrap})
    for value in values:
        producer.produce("transaction.scores", key="k", value=value)
    assert producer.flush(SECONDS) == 0


def told(**changes: object) -> bytes:
    return json.dumps({"type": "transaction.scored.v1", "data": score(**changes)}).encode()


def await_rows(connection: Connection[Any], query: str, parameters: tuple[object, ...], count: int) -> None:
    deadline = time.monotonic() + SECONDS
    while len(connection.execute(query, parameters).fetchall()) < count:
        assert time.monotonic() < deadline, (query, parameters)
        time.sleep(0.02)


def test_decisions_around_a_poison_message_and_a_broken_connection_are_all_recorded_once(
    stack: Stack, postgres: Settings, platform: Connection[Any]
) -> None:
    run, vectors = uuid.uuid4().hex, Vectors()
    decided = "select 1 from decisions where transaction_id like %s"
    first = Running(stack, postgres, vectors)
    send(stack, told(transaction_id=f"{run}-1"), b"poison", told(transaction_id=f"{run}-2", outcome="perhaps"))
    await_rows(platform, decided, (f"{run}%",), 1)
    await_rows(platform, "select 1 from quarantine where topic = %s", ("transaction.scores",), 2)

    platform.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'platform' and pid <> pg_backend_pid()"
    )
    features = {"account__count_transactions_1h": 7}
    late = "2026-11-02T12:30:00Z"
    keys = {"account_id": run, "terminal_id": run}
    send(stack, told(transaction_id=f"{run}-3", features=features, occurred_at=late, **keys))
    await_rows(platform, decided, (f"{run}%",), 2)
    first.stop()
    assert vectors.kept["account_activity", run] == vectors.kept["terminal_activity", run] == 7

    send(stack, told(transaction_id=f"{run}-1"), told(transaction_id=f"{run}-4"))
    second = Running(stack, postgres, vectors)
    await_rows(platform, decided, (f"{run}%",), 3)
    second.stop()
    assert platform.execute("select 1 from rescored where transaction_id like %s", (f"{run}%",)).fetchall() == []
