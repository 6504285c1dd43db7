"""Topics of the stream's benchmarks: filled as an outbox would, weighed, counted while they grow, removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from contracts.errors import TransientError

PARTITIONS = 5  # as the product's topics of movements and decisions

_CALL_SECONDS = 30.0
_IDLE_SECONDS = 10.0
_BATCH = 10_000


@dataclass(frozen=True)
class Weight:
    """What a topic holds: messages, and the bytes of their values before compression."""

    messages: int
    bytes: int


class BenchTopics:
    """The topics of one cluster."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        # Kept: a collected client drops what was asked of it.
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def create(self, *names: str) -> None:
        """Empty topics."""
        wanted = [NewTopic(name, PARTITIONS, 1) for name in names]
        for future in self._admin.create_topics(wanted, operation_timeout=_CALL_SECONDS).values():
            future.result(_CALL_SECONDS)

    def remove(self, *names: str) -> None:
        """Topics with what they hold."""
        for future in self._admin.delete_topics(list(names), operation_timeout=_CALL_SECONDS).values():
            future.result(_CALL_SECONDS)

    def fill(self, name: str, messages: Iterable[tuple[bytes, bytes]]) -> int:
        """Write keyed messages where the product's producers would put them; how many."""
        producer = Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "partitioner": "murmur2_random",  # Java's, by which an account's events share a partition
                "linger.ms": 50,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
                "enable.idempotence": True,
            }
        )
        count = 0
        for key, value in messages:
            producer.produce(name, value, key)
            count += 1
            if count % _BATCH == 0:
                producer.poll(0)
                while len(producer) > 40 * _BATCH:
                    producer.poll(0.05)
        if producer.flush(_CALL_SECONDS):
            raise TransientError(f"Kafka does not take the messages of {name}.")
        return count

    def count(self, name: str) -> int:
        """How many messages there are."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        places = {TopicPartition(name, number): latest for number in range(PARTITIONS)}
        answers = self._admin.list_offsets(places, request_timeout=_CALL_SECONDS)
        return sum(int(answer.result(_CALL_SECONDS).offset) for answer in answers.values())

    def weigh(self, *names: str) -> Weight:
        """All messages of the topics together."""
        sizes = [len(value) for name in names for value in self.read(name)]
        return Weight(len(sizes), sum(sizes))

    def read(self, name: str) -> Iterator[bytes]:
        """Every value, in the order of each partition."""
        return (value for _, value in self.stamped(name))

    def stamped(self, name: str) -> Iterator[tuple[float, bytes]]:
        """Every value with when Kafka kept it: seconds since 1970, to the millisecond."""
        left = self.count(name)
        consumer = Consumer({"bootstrap.servers": self._bootstrap, "group.id": "bench.reader", "log_level": 0})
        consumer.assign([TopicPartition(name, number, 0) for number in range(PARTITIONS)])
        try:
            while left > 0:
                taken = consumer.consume(min(left, _BATCH), _IDLE_SECONDS)
                if not taken:
                    raise TransientError(f"Kafka does not give back the last {left} messages of {name}.")
                left -= len(taken)
                yield from ((message.timestamp()[1] / 1000, message.value() or b"") for message in taken)
        finally:
            consumer.close()
