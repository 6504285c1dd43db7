"""A batch is sorted by topic; what cannot be read is quarantined and stops nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from serving.recorder.batch import ALERTS, QUARANTINE, SCORES, Batch, Message, sort_messages

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TYPES = {SCORES: "transaction.scored.v1", ALERTS: "alert.raised.v1", QUARANTINE: "event.quarantined.v1"}


def score(**changes: object) -> dict[str, Any]:
    """A decision of the job on movement t1."""
    return {
        "transaction_id": "t1",
        "leg": "debit",
        "attempt": 1,
        "origin": "live",
        "mode": "job",
        "app": "finflow",
        "tenant_id": None,
        "jurisdiction": "CA",
        "kind": "transfer",
        "account_id": "a1",
        "customer_id": "c1",
        "amount_usd_minor": 1000,
        "occurred_at": "2026-11-02T11:59:59.000001Z",
        "decided_at": "2026-11-02T12:00:00.000000Z",
        "sequence": 1,
        "outcome": "allow",
        "score": None,
        "model_version": None,
        "pack_version": "p",
        "policy_version": "p",
        "features_version": 2,
        "rules": [],
        "features": {"account__count_transactions_1h": 1},
        **changes,
    }


def message(data: object, topic: str = SCORES, offset: int = 0) -> Message:
    value = data if isinstance(data, bytes) else json.dumps({"type": TYPES[topic], "data": data}).encode()
    return Message(topic=topic, partition=0, offset=offset, key=b"k", value=value, produced_at=0.0)


def sorted_out(*messages: Message) -> Batch:
    return sort_messages(messages, lambda: NOW)


def test_a_live_decision_is_recorded_and_its_vector_stored() -> None:
    batch = sorted_out(message(score()))
    assert [decision["transaction_id"] for decision in batch.decisions] == ["t1"]
    (vector,) = batch.vectors
    assert {name: value for name, value in vector["keys"].items() if value} == {"account_id": "a1", "customer_id": "c1"}
    assert vector["occurred_at"] == datetime(2026, 11, 2, 11, 59, 59, 1, tzinfo=UTC)
    assert batch.quarantined == []


def test_a_vector_has_every_key_that_the_movement_had() -> None:
    (vector,) = sorted_out(message(score(terminal_id="till", device_id=None, counterparty_id="shop"))).vectors
    assert vector["keys"] == {
        "account_id": "a1",
        "customer_id": "c1",
        "counterparty_id": "shop",
        "device_id": None,
        "terminal_id": "till",
    }


def test_history_gives_a_vector_and_no_decision() -> None:
    batch = sorted_out(message(score(origin="history")))
    assert batch.decisions == []
    assert len(batch.vectors) == 1


def test_a_decision_made_without_the_job_gives_no_vector() -> None:
    batch = sorted_out(message(score(mode="fallback", sequence=0)))
    assert len(batch.decisions) == 1
    assert batch.vectors == []


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (b"\xff no json", ""),
        (b"[]", "type"),
        (json.dumps({"type": "alert.raised.v1", "data": {}}).encode(), "type"),
        (json.dumps({"type": "transaction.scored.v1", "data": 1}).encode(), "data"),
        ({"transaction_id": "t1"}, "data.leg"),
        (score(occurred_at="yesterday"), "data.occurred_at"),
        (score(occurred_at="0001-01-01T00:00:00+14:00"), "data.occurred_at"),
        (score(features=[]), "data.features"),
        (score(features={"n": "4"}), "data.features.n"),
        (score(features={"n": True}), "data.features.n"),
        (score(features={"n": float("nan")}), "data.features.n"),
        (score(features={"n": float("inf")}), "data.features.n"),
        (score(features={"n": 2**63}), "data.features.n"),
        (score(account_id=5), "data.account_id"),
        (score(account_id="a\ud800"), "data.account_id"),
        (score(account_id=None), "data.account_id"),
        (score(customer_id=None), "data.customer_id"),
        (score(terminal_id=5), "data.terminal_id"),
        (score(device_id="d\ud800"), "data.device_id"),
    ],
)
def test_what_cannot_be_read_is_quarantined_and_the_rest_recorded(broken: object, field: str) -> None:
    batch = sorted_out(message(broken, offset=7), message(score(), offset=8))
    (refused,) = batch.quarantined
    assert (refused["topic"], refused["offset"], refused["field"]) == (SCORES, 7, field)
    assert refused["quarantined_at"] == NOW.isoformat()
    assert len(batch.decisions) == 1
