"""The recorder's loop: read a batch, record it, hand its vectors on, commit what is safe in both places."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as KafkaMessage
from psycopg import Connection

from serving.recorder import metrics
from serving.recorder.batch import ALERTS, QUARANTINE, SCORES, Message, sort_messages
from serving.recorder.store import Recorded, record
from serving.recorder.vectors import VectorWriter

LOG = logging.getLogger(__name__)

GROUP = "recorder"
TOPICS = [SCORES, ALERTS, QUARANTINE]

_BATCH_MESSAGES = 500
_BATCH_SECONDS = 0.01
# The broker collects a batch, as an answer for each message cost it an eighth of a core at 500 a second.
_FETCH_BYTES, _FETCH_WAIT_MS = 256 * 1024, 40
_RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
_LAG_EVERY_SECONDS = 5.0

Positions = list[TopicPartition]


def open_consumer(bootstrap: str) -> Consumer:
    """A consumer that commits only when told, and that a slow database does not cost its place in the group."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.min.bytes": _FETCH_BYTES,
            "fetch.wait.max.ms": _FETCH_WAIT_MS,
            "max.poll.interval.ms": 1_800_000,
            "topic.metadata.refresh.interval.ms": 10_000,
            "on_commit": _tell_of_commit,
        }
    )
    consumer.subscribe(TOPICS)
    return consumer


class Recorder:
    """Reads until `stop` is set. `connect` opens the platform database in autocommit mode."""

    def __init__(self, consumer: Consumer, connect: Callable[[], Connection[Any]], vectors: VectorWriter) -> None:
        self._consumer = consumer
        self._connect = connect
        self._connection: Connection[Any] | None = None
        self._vectors = vectors
        self._uncommitted: deque[tuple[int, Positions]] = deque()
        self._number = 0
        self._lag_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """The loop; on return everything recorded is committed. Raises TransientError when vectors cannot be written."""
        while not stop.is_set():
            self.step(stop)
        self._vectors.close(5.0)
        self._commit()
        self._consumer.close()
        self._disconnect()

    def step(self, stop: threading.Event) -> None:
        """Read and record one batch, waiting for at most 10 ms for it to fill."""
        self._vectors.check()
        messages = self._read()
        if messages:
            recorded = self._record(messages, stop)
            if recorded is None:
                return
            self._note(messages, recorded)
        self._commit()
        self._measure_lag()

    def _read(self) -> list[Message]:
        taken = []
        for message in self._consumer.consume(_BATCH_MESSAGES, _BATCH_SECONDS):
            error = message.error()
            if error is None:
                taken.append(_taken(message))
            elif error.fatal() or error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise KafkaException(error)
            else:
                LOG.warning("Kafka: %s", error.str())
        return taken

    def _record(self, messages: list[Message], stop: threading.Event) -> Recorded | None:
        batch = sort_messages(messages, _now)
        attempt = 0
        while not stop.is_set():
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._connect()
                recorded = record(self._connection, messages, batch, _now)
            except psycopg.OperationalError as error:
                LOG.warning("The platform database is away: %s", str(error).splitlines()[0])
                self._disconnect()
                stop.wait(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
                attempt += 1
            else:
                self._number += 1
                self._vectors.offer(batch.vectors, self._number)
                metrics.VECTORS.inc(len(batch.vectors))
                return recorded
        return None

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _note(self, messages: list[Message], recorded: Recorded) -> None:
        metrics.count(recorded)
        now = time.time()
        ends: dict[tuple[str, int], int] = {}
        for message in messages:
            ends[message.topic, message.partition] = message.offset + 1
            metrics.READABLE.observe(max(0.0, now - message.produced_at))
        for topic, read in Counter(message.topic for message in messages).items():
            metrics.MESSAGES.labels(topic).inc(read)
        positions = [TopicPartition(topic, partition, offset) for (topic, partition), offset in ends.items()]
        self._uncommitted.append((self._number, positions))

    def _commit(self) -> None:
        ends: dict[tuple[str, int], TopicPartition] = {}
        while self._uncommitted and self._uncommitted[0][0] <= self._vectors.flushed:
            for position in self._uncommitted.popleft()[1]:
                ends[position.topic, position.partition] = position
        metrics.UNSTORED.set(len(self._uncommitted))
        if ends:
            # Not waited for: a coordinator that is away was seen to hold such a call for 45 s, and decisions with it.
            self._consumer.commit(offsets=list(ends.values()), asynchronous=True)

    def _measure_lag(self) -> None:
        if time.monotonic() - self._lag_at < _LAG_EVERY_SECONDS:
            return
        self._lag_at = time.monotonic()
        waiting = dict.fromkeys(TOPICS, 0)
        for position in self._consumer.position(self._consumer.assignment()):
            _, end = self._consumer.get_watermark_offsets(position, cached=True)
            waiting[position.topic] += max(0, end - position.offset) if position.offset >= 0 else 0
        for topic, messages in waiting.items():
            metrics.LAG.labels(topic).set(messages)


def _tell_of_commit(error: KafkaError | None, _positions: Positions) -> None:
    if error is not None:
        LOG.warning("Offsets not committed, the messages may come again: %s", error.str())


def _taken(message: KafkaMessage) -> Message:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise KafkaException(KafkaError(KafkaError._BAD_MSG))  # noqa: SLF001 - the constant's public name
    return Message(
        topic=topic,
        partition=partition,
        offset=offset,
        key=message.key(),
        value=message.value(),
        produced_at=message.timestamp()[1] / 1000,
    )


def _now() -> datetime:
    return datetime.now(UTC)
