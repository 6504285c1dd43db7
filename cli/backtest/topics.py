"""The topics that a backtest has to itself: made, filled, counted, read and removed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from cli.backtest.history import Record
from contracts.errors import TransientError
from contracts.settings import Settings
from contracts.topics import load_topics
from pipelines.landing.offsets import open_offsets
from streaming.replay import DECLARED, Replay

Json = dict[str, Any]

# Each has as many partitions as the topic that it stands for.
_LIKE = {
    "movements": DECLARED,
    "labels": "label.events",
    "scores": "transaction.scores",
    "alerts": "aml.alerts",
    "replies": "scoring.replies",
    "quarantine": "quarantine.events",
}
_CALL_SECONDS = 30.0
_BATCH = 10_000


class ReplayTopics:
    """The topics of one replay on one broker; made by `open_topics`."""

    def __init__(self, settings: Settings, replay: Replay) -> None:
        self._settings = settings
        self._replay = replay
        self._partitions = {topic.name: topic.partitions for topic in load_topics()}
        self._admin = AdminClient(self._client())

    def create(self) -> None:
        """Empty topics; one copy each, since they can be made again."""
        wanted = [NewTopic(self._replay.topic(what), self._count(what), 1) for what in _LIKE]
        for future in self._admin.create_topics(wanted, operation_timeout=_CALL_SECONDS).values():
            future.result(_CALL_SECONDS)

    def remove(self) -> None:
        """Topics and consumer group, those that were made."""
        names = [self._replay.topic(what) for what in _LIKE]
        futures = [
            *self._admin.delete_topics(names, operation_timeout=_CALL_SECONDS).values(),
            *self._admin.delete_consumer_groups([self._replay.name]).values(),
        ]
        for future in futures:
            with contextlib.suppress(KafkaException):
                future.result(_CALL_SECONDS)

    def fill(self, what: str, records: Iterable[Record]) -> int:
        """Write records to the partitions that they stood at, in their order; how many."""
        producer = Producer({**self._client(), "linger.ms": 50, "compression.type": "lz4", "enable.idempotence": True})
        count = 0
        for record in records:
            self._write(producer, what, record)
            count += 1
        if producer.flush(_CALL_SECONDS):
            raise TransientError(f"Kafka does not take the events of {self._replay.name}.")
        return count

    def count(self, what: str) -> int:
        """How many messages a topic holds."""
        with open_offsets(self._settings) as offsets:
            return sum(offsets.ends([self._replay.topic(what)]).values())

    def read(self, what: str) -> Iterator[Json]:
        """The data of every event, in the order of each partition."""
        left = self.count(what)
        consumer = Consumer({**self._client(), "group.id": f"{self._replay.name}-reader", "enable.auto.commit": False})
        name = self._replay.topic(what)
        consumer.assign([TopicPartition(name, number, 0) for number in range(self._count(what))])
        try:
            while left > 0:
                taken = consumer.consume(min(left, _BATCH), _CALL_SECONDS)
                if not taken:
                    raise TransientError(f"Kafka does not give back the last {left} messages of {name}.")
                left -= len(taken)
                yield from (json.loads(message.value() or b"")["data"] for message in taken)
        finally:
            consumer.close()

    def _write(self, producer: Producer, what: str, record: Record) -> None:
        place = record.partition % self._count(what)
        while True:
            try:
                producer.produce(self._replay.topic(what), record.value, record.key, place)
            except BufferError:  # its queue is full: wait for what is on its way
                producer.poll(1.0)
            else:
                producer.poll(0)
                return

    def _count(self, what: str) -> int:
        return self._partitions[_LIKE[what]]

    def _client(self) -> dict[str, Any]:
        return {"bootstrap.servers": self._settings.kafka_bootstrap, "log_level": 3}


@contextlib.contextmanager
def open_topics(settings: Settings, replay: Replay) -> Iterator[ReplayTopics]:
    """The topics for the length of a `with`; nothing is left of them, whatever happens."""
    topics = ReplayTopics(settings, replay)
    try:
        topics.create()
        yield topics
    finally:
        topics.remove()
