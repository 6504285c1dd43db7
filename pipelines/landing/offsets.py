"""Where Kafka's topics end and how far their readers are: what is still on its way is counted, never waited for by time."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from contracts.settings import Settings

_TIMEOUT_SECONDS = 30
# librdkafka tells of what a closing client had not served, which says nothing to anybody.
_ERRORS_ONLY = 3

# The next offset, or a number of records, by topic and partition.
Offsets = dict[tuple[str, int], int]


class TopicOffsets:
    """Asks one broker again and again; made by `open_offsets`."""

    def __init__(self, consumer: Consumer, admin: AdminClient) -> None:
        self._consumer = consumer
        self._admin = admin

    def topics(self) -> set[str]:
        """The topics that exist."""
        return set(self._consumer.list_topics(timeout=_TIMEOUT_SECONDS).topics)

    def ends(self, topics: Iterable[str]) -> Offsets:
        """The next offset of each partition of the topics that exist."""
        return {place: end for place, (_low, end) in self._watermarks(topics).items()}

    def behind(self, group: str, topics: Iterable[str]) -> Offsets:
        """Records of the topics that a consumer group has still to commit; only where there are any."""
        return self._short_of(self._watermarks(topics), group)

    def short_of(self, ends: Mapping[tuple[str, int], int], group: str) -> Offsets:
        """Records before `ends` that a consumer group has still to commit; only where there are any."""
        topics = {topic for topic, _partition in ends}
        lows = {place: low for place, (low, _end) in self._watermarks(topics).items()}
        return self._short_of({place: (lows.get(place, 0), end) for place, end in ends.items()}, group)

    def _short_of(self, marks: Mapping[tuple[str, int], tuple[int, int]], group: str) -> Offsets:
        position = self._position(group)
        lags = {place: end - max(position.get(place, 0), low) for place, (low, end) in marks.items()}
        return {place: lag for place, lag in lags.items() if lag > 0}

    def _position(self, group: str) -> Offsets:
        request = [ConsumerGroupTopicPartitions(group)]
        answer = self._admin.list_consumer_group_offsets(request)[group].result(_TIMEOUT_SECONDS)
        return {(place.topic, place.partition): place.offset for place in answer.topic_partitions}

    def _watermarks(self, topics: Iterable[str]) -> dict[tuple[str, int], tuple[int, int]]:
        known = self._consumer.list_topics(timeout=_TIMEOUT_SECONDS).topics
        places = [(name, number) for name in topics if name in known for number in known[name].partitions]
        return {
            place: self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=_TIMEOUT_SECONDS)
            for place in places
        }


@contextmanager
def open_offsets(settings: Settings) -> Iterator[TopicOffsets]:
    """The offsets of a platform's Kafka, for the length of a `with`."""
    with open_probe_consumer(settings) as consumer:
        yield TopicOffsets(consumer, AdminClient(_client(settings)))


@contextmanager
def open_probe_consumer(settings: Settings) -> Iterator[Consumer]:
    """A consumer that leaves no trace: a group of its own, nothing committed."""
    consumer = Consumer(
        {
            **_client(settings),
            "group.id": f"landing-probe-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def _client(settings: Settings) -> dict[str, str | int | float | bool]:
    return {"bootstrap.servers": settings.kafka_bootstrap, "log_level": _ERRORS_ONLY}
