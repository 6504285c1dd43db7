"""The job on a real Kafka and a real Flink cluster: it decides, answers, refuses, and keeps its state across versions."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from contracts.features import load_feature_views
from streaming.configuration import staged
from tests.integration.streaming.stack import Stack
from tests.unit.streaming.kernel_process import Json, event, movement

pytestmark = pytest.mark.integration

ANSWER_SECONDS = 30
ADDED = {
    "name": "account__sum_all_1h",
    "aggregate": "sum",
    "of": "amount_usd_minor",
    "window_ms": 3_600_000,
    "resolution_ms": 1000,
    "filter": {},
}


class Wire:
    """A producer of messages and a reader of everything the job says."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "test",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        topics = {"transaction.scores": 5, "aml.alerts": 5, "scoring.replies": 5, "quarantine.events": 1}
        self._consumer.assign([TopicPartition(name, at, 0) for name, count in topics.items() for at in range(count)])
        self._read: list[tuple[str, int, Json]] = []

    def send(self, message: Json | str, topic: str = "transaction.events") -> None:
        value = message if isinstance(message, str) else json.dumps(message)
        self._producer.produce(topic, key="a1", value=value)
        self._producer.flush(ANSWER_SECONDS)

    def read(self, topic: str, **wanted: Any) -> tuple[int, Json]:  # noqa: ANN401 - values of a JSON object
        """The partition and CloudEvent of the first message of a topic whose data has the wanted values."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            for name, partition, told in self._read:
                if name == topic and wanted.items() <= told["data"].items():
                    return partition, told
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                self._read.append(
                    (str(message.topic()), int(message.partition() or 0), json.loads(message.value() or b""))
                )
        raise AssertionError((topic, wanted, self._read))

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def wire(stack: Stack) -> Iterator[Wire]:
    opened = Wire(stack.settings.kafka_bootstrap)
    yield opened
    opened.close()


def declared(*added: Json) -> list[Json]:
    """The declared views, the account's with more features."""
    views = staged([view.as_kernel_json() for view in load_feature_views()])
    views[0]["features"] += added
    return views


def test_the_job_decides_answers_and_refuses_and_keeps_its_state_when_a_feature_is_added(
    stack: Stack, wire: Wire
) -> None:
    stack.submit(declared())
    wire.send(event(movement("live", customer_id="c7")))
    wire.send(event(movement("asked", status="attempted"), replyto=4, id="request-1"), "scoring.requests")
    wire.send("no json")
    _, live = wire.read("transaction.scores", transaction_id="tlive")
    partition, reply = wire.read("scoring.replies", transaction_id="tasked")
    _, refused = wire.read("quarantine.events", payload="no json")
    assert live["data"]["origin"] == "live"
    assert (partition, reply["id"]) == (4, "request-1")
    assert refused["data"]["topic"] == "transaction.events"

    stack.stop_job()
    wire.send(event(movement("while-down")))
    stack.submit(declared(ADDED))
    # A view that is gone would take its state along: refused, and the job that runs goes on.
    refusal = stack.refused([view for view in declared(ADDED) if view["key"] != "device_id"])
    assert "holds device_activity, which contracts/features declares no more" in refusal
    wire.send(event(movement("live")))
    wire.send(event(movement("after")))
    _, while_down = wire.read("transaction.scores", transaction_id="twhile-down")
    _, after = wire.read("transaction.scores", transaction_id="tafter")
    assert while_down["data"]["sequence"] == 3
    assert (after["data"]["sequence"], after["data"]["features"]["account__count_transactions_1h"]) == (4, 4)
    assert after["data"]["features"]["account__sum_all_1h"] == 2000
