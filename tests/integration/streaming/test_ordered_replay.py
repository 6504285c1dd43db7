"""History at full speed, its partitions one after the other, is decided as if it had come in the order in which it happened."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from contracts.features import load_feature_views
from streaming.cluster import Cluster
from streaming.configuration import staged
from streaming.reference import ReferenceKernel
from tests.integration.streaming.stack import Stack
from tests.unit.streaming.kernel_process import START, Json, event, label, movement

pytestmark = pytest.mark.integration

PARTITIONS = 5
MOVEMENTS = 2500
SECONDS = 120
SEED = 11


def stream() -> list[Json]:
    """Movements of 40 accounts at 6 terminals over twelve days, in the order in which they happened."""
    draw = random.Random(SEED)
    at, movements = START - timedelta(days=20), []
    for number in range(MOVEMENTS):
        at += timedelta(microseconds=draw.randrange(0, 830_000_000))
        account = draw.randrange(40)
        movements.append(
            movement(
                f"h{number}",
                at,
                account_id=f"replayed{account}",
                customer_id=f"holder{account // 3}",
                kind=draw.choice(["card_payment", "transfer"]),
                amount_usd_minor=draw.randrange(1, 100_000),
                counterparty_id=draw.choice([None, f"shop{draw.randrange(9)}"]),
                device_id=draw.choice([None, f"phone{draw.randrange(25)}"]),
                terminal_id=draw.choice([None, f"till{draw.randrange(6)}"]),
            )
        )
    return movements


def labels_of(movements: list[Json]) -> list[Json]:
    """One movement in nine turns out to be fraud, known hours to days later."""
    draw = random.Random(SEED + 1)
    frauds = [data for data in movements if draw.randrange(9) == 0]
    return [
        label(data, "fraud", START - timedelta(days=20) + timedelta(hours=draw.randrange(24 * 12))) for data in frauds
    ]


def partition_of(data: Json) -> int:
    return int(data["account_id"].removeprefix("replayed")) % PARTITIONS


def written_in_order(movements: list[Json], labels: list[Json]) -> list[Json]:
    """Events of all, a millisecond apart, in the order in which they happened or became known."""
    messages = [event(data) for data in movements] + labels
    messages.sort(key=lambda message: message["data"].get("known_at", message["data"]["occurred_at"]))
    for number, message in enumerate(messages):
        written = (START + timedelta(milliseconds=number)).isoformat(timespec="microseconds")
        message["time"] = written.replace("+00:00", "Z")
    return messages


def waiting(stack: Stack) -> int:
    """How many movements and labels the job holds."""
    cluster = Cluster(stack.settings.flink_url)
    return cluster.waiting(cluster.job() or "")


def eventually(holds: Callable[[], bool]) -> None:
    """Ask every second, more seldom than Flink has its figures fetched."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(1)


def elsewhere(producer: Producer) -> None:
    """A movement of somebody else, long ago, in every partition of what is live: the job waits longest for those that it never heard."""
    before = (START - timedelta(days=60)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    for partition in range(PARTITIONS):
        for topic, status in (("transaction.events", "completed"), ("scoring.requests", "attempted")):
            alone = {f"{part}_id": f"{topic}-{partition}" for part in ("account", "customer", "counterparty", "device")}
            told = event(movement(f"{topic}-{partition}", START, status=status, **alone), time=before, replyto=0)
            producer.produce(topic, partition=partition, key=alone["account_id"], value=json.dumps(told))


def expected(written: list[Json]) -> dict[str, Json]:
    """What the reference says of each movement when everything comes in the order in which it was written."""
    reference = ReferenceKernel(staged([view.as_kernel_json() for view in load_feature_views()]))
    right: dict[str, Json] = {}
    for message in written:
        if "label" in message["data"]:
            reference.tell(message["data"])
        else:
            right[message["data"]["transaction_id"]] = reference.take(message["data"]) or {}
    return right


@pytest.fixture
def scores(stack: Stack) -> Iterator[Consumer]:
    settings = {"bootstrap.servers": stack.settings.kafka_bootstrap, "group.id": "replay", "enable.auto.commit": False}
    consumer = Consumer(settings)
    consumer.assign([TopicPartition("transaction.scores", number, 0) for number in range(PARTITIONS)])
    yield consumer
    consumer.close()


def read(consumer: Consumer, wanted: set[str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    deadline = time.monotonic() + SECONDS
    while found.keys() != wanted and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            data = json.loads(message.value() or b"")["data"]
            if data["transaction_id"] in wanted:
                assert data["transaction_id"] not in found
                found[data["transaction_id"]] = data
    assert found.keys() == wanted
    return found


def test_a_replay_whose_partitions_drift_by_days_equals_the_reference(stack: Stack, scores: Consumer) -> None:
    stack.stop_job()
    movements = stream()
    labels = labels_of(movements)
    producer = Producer({"bootstrap.servers": stack.settings.kafka_bootstrap})
    elsewhere(producer)
    written = written_in_order(movements, labels)
    for partition in range(PARTITIONS):
        for message in written:
            data = message["data"]
            if partition_of(data) == partition:
                topic = "label.events" if "label" in data else "transaction.history"
                place = partition % 2 if "label" in data else partition
                producer.produce(topic, partition=place, key=data["account_id"], value=json.dumps(message))
        producer.flush(SECONDS)
    stack.submit(None)
    # A stop in the middle: what waits is saved with the job, and so is how much it is.
    eventually(lambda: waiting(stack) > 0)
    stack.stop_job()
    stack.submit(None)
    eventually(lambda: waiting(stack) > 0)
    told = read(scores, {data["transaction_id"] for data in movements})
    eventually(lambda: waiting(stack) == 0)
    right = expected(written)
    differing = Counter(
        feature
        for name, decision in told.items()
        for feature, value in decision["features"].items()
        if value != right[name][feature]
    )
    assert differing == {}
    of_one = [data for data in movements if data["account_id"] == "replayed0"]
    sequences = [told[data["transaction_id"]]["sequence"] for data in of_one]
    assert all(after == before + 1 for before, after in pairwise(sequences))
    assert any(decision["features"]["terminal__fraud_share_7d"] for decision in told.values())
