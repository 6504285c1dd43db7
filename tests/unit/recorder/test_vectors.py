"""Vectors reach the online store latest first, and a store that is away holds nothing back for good."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from redis import RedisError

from contracts.errors import TransientError
from feature_repo.vectors import ActivityRow, Place
from serving.recorder import vectors
from serving.recorder.recorder import Recorder, open_consumer
from serving.recorder.vectors import VectorWriter

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
SECONDS = 10.0


class Store:
    """An online store in memory that can be away, or wait before it takes anything."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.open = threading.Event()
        self.open.set()
        self.kept: dict[str, float | int | None] = {}
        self.writes = 0

    def write(self, latest: Mapping[Place, ActivityRow]) -> int:
        self.open.wait(SECONDS)
        if self.failures:
            self.failures -= 1
            raise RedisError("away")
        self.writes += 1
        self.kept.update({value: row["features"]["n"] for (_, value), row in latest.items()})
        return len(latest)


def row(account: str, value: int, seconds: int = 0) -> ActivityRow:
    keys = {"account_id": account}
    return ActivityRow(keys=keys, occurred_at=START + timedelta(seconds=seconds), features={"n": value})


def await_flushed(writer: VectorWriter, number: int) -> None:
    deadline = time.monotonic() + SECONDS
    while writer.flushed < number:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_batch_is_flushed_when_its_vectors_are_stored() -> None:
    store = Store()
    writer = VectorWriter(lambda: store)
    writer.offer([row("a1", 1), row("a2", 2)], 1)
    writer.offer([], 2)
    await_flushed(writer, 2)
    writer.close(SECONDS)
    assert store.kept == {"a1": 1, "a2": 2}


def test_while_the_store_waits_only_the_latest_vector_of_a_key_is_held() -> None:
    store = Store()
    store.open.clear()
    writer = VectorWriter(lambda: store)
    for number in range(1, 50):
        writer.offer([row("a1", number, seconds=number)], number)
    assert writer.flushed == 0
    store.open.set()
    await_flushed(writer, 49)
    writer.close(SECONDS)
    assert store.kept == {"a1": 49}
    assert store.writes <= 3


def test_a_store_that_was_away_gets_what_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_RETRY_SECONDS", 0.01)
    store = Store(failures=3)
    writer = VectorWriter(lambda: store)
    writer.offer([row("a1", 1)], 1)
    await_flushed(writer, 1)
    writer.close(SECONDS)
    assert store.kept == {"a1": 1}


def test_closing_writes_what_is_pending() -> None:
    store = Store()
    writer = VectorWriter(lambda: store)
    writer.offer([row("a1", 1)], 1)
    writer.close(SECONDS)
    assert writer.flushed == 1


class Broken:
    """An online store that refuses what it is given, for good."""

    def write(self, latest: Mapping[Place, ActivityRow]) -> int:
        raise TypeError(f"cannot store {len(latest)} vectors")


def test_an_error_that_no_waiting_mends_is_told_and_ends_the_recorder() -> None:
    writer = VectorWriter(Broken)
    writer.check()
    writer.offer([row("a1", 1)], 1)
    recorder = Recorder(open_consumer("127.0.0.1:1"), lambda: pytest.fail("no database is needed"), writer)
    stop = threading.Event()
    in_vain = threading.Timer(SECONDS, stop.set)
    in_vain.start()
    with pytest.raises(TransientError) as ended:
        recorder.run(stop)
    in_vain.cancel()
    assert isinstance(ended.value.__cause__, TypeError)
    assert writer.flushed == 0
