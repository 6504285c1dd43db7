"""Waiting until everything committed so far has been captured, decided, recorded and landed: by offsets, never by sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from contracts.errors import TransientError
from contracts.settings import Settings
from pipelines.landing.configurations import EVENTS, ROWS
from pipelines.landing.progress import probe_source, wait_landed

Report = Callable[[float, str], None]

DECISIONS_GROUP = "decisions"
RECORDER_GROUP = "recorder"
_SCORED = ("transaction.events", "transaction.history")
_RECORDED = ("transaction.scores", "aml.alerts", "quarantine.events")
_POLL_SECONDS = 0.5
_TIMEOUT_SECONDS = 10.0


def catch_up(settings: Settings, report: Report, timeout_seconds: float = 300.0) -> None:
    """Return once what is committed in PostgreSQL now is scored, stored and in bronze.

    Raises TransientError, naming the part that stands still, after `timeout_seconds`.
    """
    deadline = time.monotonic() + timeout_seconds
    report(0.05, "capturing changes")
    for connector in (ROWS, EVENTS):
        probe_source(settings, connector, deadline)
    report(0.3, "scoring")
    _wait_consumed(settings, DECISIONS_GROUP, _SCORED, deadline)
    report(0.6, "recording decisions")
    _wait_consumed(settings, RECORDER_GROUP, _RECORDED, deadline)
    report(0.8, "committing to bronze")
    wait_landed(settings, max(deadline - time.monotonic(), 1.0))


def lag(settings: Settings, group: str, topics: tuple[str, ...]) -> int:
    """Records of `topics` that a consumer group has still to commit."""
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap})
    request = [ConsumerGroupTopicPartitions(group)]
    answer = admin.list_consumer_group_offsets(request)[group].result(_TIMEOUT_SECONDS)
    position = {(place.topic, place.partition): place.offset for place in answer.topic_partitions}
    behind = 0
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "atalaya-lag"})
    try:
        metadata = consumer.list_topics(timeout=_TIMEOUT_SECONDS).topics
        for topic in topics:
            for partition in metadata[topic].partitions:
                low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), _TIMEOUT_SECONDS)
                behind += high - max(position.get((topic, partition), 0), low)
    finally:
        consumer.close()
    return behind


def _wait_consumed(settings: Settings, group: str, topics: tuple[str, ...], deadline: float) -> None:
    while (behind := lag(settings, group, topics)) > 0:
        if time.monotonic() > deadline:
            raise TransientError(
                f"Consumer group {group!r} is {behind} records behind on {', '.join(topics)}.",
                hint="'./atalaya status' shows what stands still.",
            )
        time.sleep(_POLL_SECONDS)
