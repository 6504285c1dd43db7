"""Recording into a real PostgreSQL: the first decision wins, repetitions add nothing, one bad message stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from contracts.settings import Settings
from serving import platform_schema
from serving.recorder.batch import ALERTS, QUARANTINE, Message, sort_messages
from serving.recorder.store import Recorded, record
from tests.unit.recorder.test_batch import message, score

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ALERT = {
    "alert_id": "CA-STRUCT-001:c1:0",
    "rule_id": "CA-STRUCT-001",
    "typology": "structuring",
    "severity": "high",
    "jurisdiction": "CA",
    "app": "finflow",
    "party_id": "c1",
    "account_id": "a1",
    "window_started_at": "2026-11-02T00:00:00Z",
    "transaction_id": "t1",
    "leg": "debit",
    "amount_usd_minor": 1000,
    "occurred_at": "2026-11-02T12:00:00Z",
    "raised_at": "2026-11-02T12:00:00Z",
    "pack_version": "p",
}
QUARANTINED = {
    "topic": "transaction.events",
    "partition": 3,
    "offset": 9,
    "key": None,
    "field": "data.leg",
    "error": "is required",
    "payload": "nul \0 inside",
    "quarantined_at": "2026-11-02T12:00:00Z",
}


@pytest.fixture
def platform(postgres: Settings) -> Iterator[Connection[Any]]:
    with psycopg.connect(postgres.database_url("platform"), autocommit=True) as connection:
        platform_schema.apply(connection)
        connection.execute("truncate decisions, rescored, alerts, quarantine")
        yield connection


def recorded(connection: Connection[Any], *messages: Message) -> Recorded:
    return record(connection, messages, sort_messages(messages, lambda: NOW), lambda: NOW)


def rows(connection: Connection[Any], query: str, *parameters: object) -> list[tuple[Any, ...]]:
    return list(connection.execute(query, parameters).fetchall())


def test_the_schema_can_be_applied_again(platform: Connection[Any]) -> None:
    platform_schema.apply(platform)


def test_a_decision_is_stored_with_its_whole_document(platform: Connection[Any]) -> None:
    told = score(score=0.25, rules=["CA-X-001"], terminal_id="till", device_id=None)
    assert recorded(platform, message(told)) == Recorded(decisions=1)
    query = "select transaction_id, outcome, score, rules, occurred_at, document from decisions"
    ((identifier, outcome, number, rules, occurred_at, document),) = rows(platform, query)
    assert (identifier, outcome, number, rules) == ("t1", "allow", 0.25, ["CA-X-001"])
    assert occurred_at == datetime(2026, 11, 2, 11, 59, 59, 1, tzinfo=UTC)
    assert document == told


def test_the_first_decision_wins_and_a_differing_one_is_kept_apart(platform: Connection[Any]) -> None:
    recorded(platform, message(score()))
    assert recorded(platform, message(score(outcome="decline"))) == Recorded(differing=1)
    assert recorded(platform, message(score(outcome="decline"))) == Recorded()
    assert rows(platform, "select outcome from decisions") == [("allow",)]
    assert rows(platform, "select document ->> 'outcome' from rescored") == [("decline",)]


def test_the_same_content_told_again_by_another_way_and_time_differs_in_nothing(platform: Connection[Any]) -> None:
    recorded(platform, message(score()))
    again = score(origin="request", decided_at="2026-11-02T13:00:00Z")
    assert recorded(platform, message(again)) == Recorded()


def test_a_decision_that_the_api_would_have_told_but_came_too_late_is_kept_nowhere(platform: Connection[Any]) -> None:
    recorded(platform, message(score()))
    late = score(mode="fallback", outcome="review")
    assert rows(platform, "select store_decisions(%s)", Jsonb([late])) == [(0,)]
    assert rows(platform, "select outcome from decisions") == [("allow",)]
    assert rows(platform, "select * from rescored") == []


def test_within_one_batch_the_first_wins_too(platform: Connection[Any]) -> None:
    both = message(score()), message(score(outcome="review"))
    assert recorded(platform, *both) == Recorded(decisions=1, differing=1)
    assert rows(platform, "select outcome from decisions") == [("allow",)]


def test_history_is_no_decision(platform: Connection[Any]) -> None:
    assert recorded(platform, message(score(origin="history"))) == Recorded()


def test_alerts_and_quarantine_are_recorded_once(platform: Connection[Any]) -> None:
    batch = message(ALERT, ALERTS), message(QUARANTINED, QUARANTINE), message(ALERT, ALERTS)
    assert recorded(platform, *batch) == Recorded(alerts=1, quarantined=1)
    assert recorded(platform, *batch) == Recorded()
    assert rows(platform, "select party_id from alerts") == [("c1",)]
    assert rows(platform, "select record_offset, payload from quarantine") == [(9, "nul \\u0000 inside")]


@pytest.mark.parametrize(
    "refused", [score(transaction_id="t\0"), score(outcome="perhaps"), score(amount_usd_minor="much"), score(leg=None)]
)
def test_a_message_that_the_database_refuses_is_quarantined_alone(
    platform: Connection[Any], refused: dict[str, Any]
) -> None:
    batch = message(score(transaction_id="before")), message(refused, offset=5), message(score(transaction_id="after"))
    assert recorded(platform, *batch) == Recorded(decisions=2, quarantined=1)
    assert rows(platform, "select topic, record_offset, field from quarantine") == [("transaction.scores", 5, "data")]
