"""A run's messages as they lie in Kafka, and the same run again as history through a fresh job."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from contracts.features import load_feature_views
from contracts.topics import load_topics
from tests.drills.ledger import SCORES
from tests.drills.movements import Json, Movement, key
from tests.integration.streaming.stack import Stack

PARTITIONS = {topic.name: topic.partitions for topic in load_topics()}

_CALL_SECONDS = 30.0
_SILENCE_SECONDS = 120.0


def partitions_of(bootstrap: str, topic: str) -> list[list[Json]]:
    """Every event of a topic, partition by partition, in order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "drill-history", "enable.auto.commit": False})
    try:
        return [_partition(consumer, TopicPartition(topic, number, 0)) for number in range(PARTITIONS[topic])]
    finally:
        consumer.close()


def _partition(consumer: Consumer, place: TopicPartition) -> list[Json]:
    _, end = consumer.get_watermark_offsets(place, timeout=_CALL_SECONDS)
    consumer.assign([place])
    read: list[Json] = []
    while len(read) < end:
        for message in consumer.consume(1000, _CALL_SECONDS):
            assert message.error() is None
            read.append(json.loads(message.value() or b""))
    return read


def first_decisions(bootstrap: str, wanted: Collection[Movement]) -> dict[Movement, Json]:
    """The first decision told on each movement, once all have one; fails when some stay without."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "drill-first", "enable.auto.commit": False})
    consumer.assign([TopicPartition(SCORES, number, 0) for number in range(PARTITIONS[SCORES])])
    found: dict[Movement, Json] = {}
    heard = time.monotonic()
    try:
        while len(found) < len(wanted):
            assert time.monotonic() - heard < _SILENCE_SECONDS, f"{len(found)} of {len(wanted)} movements are decided"
            for message in consumer.consume(1000, 1.0):
                data = json.loads(message.value() or b"")["data"] if message.error() is None else {}
                if data and (movement := key(data)) in wanted and movement not in found:
                    found[movement] = data
                    heard = time.monotonic()
    finally:
        consumer.close()
    return found


def views(**windows: timedelta) -> list[Json]:
    """The declared views as the kernel reads them, with another window for each feature named."""
    declared = [view.as_kernel_json() for view in load_feature_views()]
    for view in declared:
        for feature in view["features"]:
            if feature["name"] in windows:
                feature["window_ms"] = round(windows[feature["name"]].total_seconds() * 1000)
    return declared


@contextmanager
def fresh_job(declared: list[Json]) -> Iterator[Stack]:
    """A Kafka and a Flink of its own whose job knows nothing yet; gone afterwards."""
    state = Path(tempfile.mkdtemp(prefix="atalaya-drill-"))
    stack = Stack(state)
    try:
        stack.await_ready()
        stack.submit(declared)
        yield stack
    finally:
        stack.close()
        shutil.rmtree(state)
