"""Stands in for the Flink job at the API's end of the protocol only: it answers every request, or stays silent."""

from __future__ import annotations

import json
import threading
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from contracts.features import feature_names, features_version

PARTITIONS = 5


def decision_on(movement: dict[str, Any], sequence: int) -> dict[str, Any]:
    """transaction.scored.v1 data as the job would tell it; a card payment of more than 5,000 dollars is reviewed."""
    names = ("transaction_id", "leg", "attempt", "app", "jurisdiction", "kind", "account_id", "customer_id")
    large = movement["amount_usd_minor"] > 500_000
    return {
        **{name: movement[name] for name in (*names, "amount_usd_minor", "occurred_at")},
        "tenant_id": movement.get("tenant_id"),
        "origin": "request",
        "mode": "job",
        "decided_at": "2026-11-22T12:00:00.000000Z",
        "sequence": sequence,
        "outcome": "review" if large else "allow",
        "score": 0.01,
        "model_version": None,
        "pack_version": "2026-11-01",
        "policy_version": "2026-11-01",
        "features_version": features_version(),
        "rules": ["CA-LARGE-001", "CA-STRUCT-001"] if large else [],
        "features": dict.fromkeys(feature_names(), 1.0),
    }


class EchoJob:
    """Answers on a thread of its own; `asked` counts requests by movement; a silent one reads and says nothing."""

    def __init__(self, bootstrap: str) -> None:
        self.silent = False
        self.asked: dict[str, int] = {}
        self._bootstrap = bootstrap
        self._end = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30), "the echo job did not start"

    def close(self) -> None:
        self._end.set()
        self._thread.join(10)

    def _run(self) -> None:
        settings = {"bootstrap.servers": self._bootstrap, "group.id": "echo", "enable.auto.commit": False}
        consumer = Consumer({**settings, "fetch.wait.max.ms": 5})
        producer = Producer(
            {"bootstrap.servers": self._bootstrap, "linger.ms": 0, "compression.type": "lz4"}
        )  # as the job writes
        places = []
        for partition in range(PARTITIONS):
            _, end = consumer.get_watermark_offsets(TopicPartition("scoring.requests", partition), timeout=10)
            places.append(TopicPartition("scoring.requests", partition, end))
        consumer.assign(places)
        self._ready.set()
        while not self._end.is_set():
            message = consumer.poll(0.05)
            if message is not None and message.error() is None:
                self._answer(producer, json.loads(message.value()))  # type: ignore[arg-type]
        producer.flush(5)
        consumer.close()

    def _answer(self, producer: Producer, event: dict[str, Any]) -> None:
        movement = event["data"]
        name = movement["transaction_id"]
        self.asked[name] = self.asked.get(name, 0) + 1
        if self.silent:
            return
        reply = {**event, "type": "transaction.scored.v1", "data": decision_on(movement, self.asked[name])}
        producer.produce("scoring.replies", json.dumps(reply), event["id"], partition=event["replyto"])
        producer.poll(0)
