"""The canonical tables that silver makes from events."""

from __future__ import annotations

import pytest

from contracts.decisions import load_policy
from pipelines.features.activity import TABLE, refresh_activity
from pipelines.features.checks import decisions_without_row
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.quarantine import QUARANTINE
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import EVENTS_BRONZE, find_silver
from serving.decisions.fallback import decide_alone
from serving.decisions.publication import fallback_event
from tests.unit.pipelines.lakes import Json, land, transaction
from tests.unit.serving.movement import NOW, movement

TRANSACTIONS = find_silver("silver.transactions")


def land_events(lake: Lake, documents: list[Json | str | None], first_offset: int = 0, topic: str = "events") -> int:
    return land(lake, EVENTS_BRONZE, f"transaction.{topic}", documents, first_offset)


def statuses(lake: Lake) -> dict[str, tuple[str, str]]:
    lake.attach(TRANSACTIONS.name)
    rows = lake.session.execute(f"select transaction_id, status, origin from {TRANSACTIONS.name}").fetchall()
    return {identifier: (status, origin) for identifier, status, origin in rows}


def test_a_movement_is_one_row_with_its_current_status_and_its_first_time(lake: Lake) -> None:
    land_events(lake, [transaction("x", "attempted", at=0), transaction("x", "completed", at=60)])
    refresh(lake, TRANSACTIONS)
    assert statuses(lake) == {"x": ("completed", "live")}
    lake.attach(TRANSACTIONS.name)
    waited = f"select date_diff('second', first_occurred_at, occurred_at) from {TRANSACTIONS.name}"
    assert lake.count(waited) == 60


def test_statuses_of_one_instant_go_by_their_order_in_a_life(lake: Lake) -> None:
    events = [transaction("x", status) for status in ("reversed", "completed", "attempted")]
    land_events(lake, list(events))
    refresh(lake, TRANSACTIONS)
    assert statuses(lake)["x"][0] == "reversed"


def test_redelivered_events_change_nothing_whenever_they_come(lake: Lake) -> None:
    events: list[Json | str | None] = [transaction("x", "attempted", at=0), transaction("x", "completed", at=5)]
    offset = land_events(lake, events)
    refresh(lake, TRANSACTIONS)
    before = statuses(lake)
    for event in events:
        offset = land_events(lake, [event], offset)
        refresh(lake, TRANSACTIONS)
        assert statuses(lake) == before


def test_what_came_as_history_stays_history_when_it_is_reversed_live(lake: Lake) -> None:
    land_events(lake, [transaction("x", "completed", at=0)], topic="history")
    land_events(lake, [transaction("x", "reversed", at=9)])
    refresh(lake, TRANSACTIONS)
    assert statuses(lake) == {"x": ("reversed", "history")}


def test_increments_and_a_rebuild_agree(lake: Lake) -> None:
    offset = land_events(lake, [transaction("x", "attempted", at=0), transaction("y", "completed", at=1)])
    refresh(lake, TRANSACTIONS)
    land_events(lake, [transaction("x", "failed", at=2)], offset)
    refresh(lake, TRANSACTIONS)
    before = content_hash(lake, TRANSACTIONS.name)
    refresh(lake, TRANSACTIONS, full=True)
    assert content_hash(lake, TRANSACTIONS.name) == before


def test_an_event_of_another_type_or_without_a_field_is_quarantined(lake: Lake) -> None:
    stranger = {**transaction("s", "completed"), "type": "user.registered.v1"}
    partial = transaction("p", "completed")
    del partial["data"]["currency"]
    land_events(lake, [stranger, partial, transaction("x", "completed", amount_minor=1.5), "[]"])
    assert refresh(lake, TRANSACTIONS).quarantined == 4
    lake.attach(QUARANTINE)
    found = lake.session.execute(f'select field from {QUARANTINE} order by "offset"').fetchall()
    assert [field for (field,) in found] == ["type", "data.currency", "data.amount_minor", "document"]


def test_the_first_label_of_an_id_stands(lake: Lake) -> None:
    labels = find_silver("silver.labels")
    data = {
        "label_id": "l1",
        "transaction_id": "x",
        "leg": "debit",
        "kind": "dispute",
        "known_at": "2026-11-02T00:00:00Z",
    }
    envelope = {"specversion": "1.0", "source": "/diasporacore", "type": "label.recorded.v1", "subject": "x"}
    events: list[Json | str | None] = [
        {**envelope, "id": str(number), "time": "2026-11-02T00:00:00Z", "data": {**data, "label": label}}
        for number, label in enumerate(("fraud", "legitimate"))
    ]
    land(lake, EVENTS_BRONZE, "label.events", events)
    refresh(lake, labels)
    lake.attach(labels.name)
    assert lake.session.execute(f"select label from {labels.name}").fetchall() == [("fraud",)]


def test_the_decision_that_was_answered_without_the_job_stands_wherever_it_lies(lake: Lake) -> None:
    decisions = find_silver("silver.decisions")
    job, fallback = scored("x", "job", "allow"), scored("x", "fallback", "review")
    other = scored("y", "job", "decline")
    offset = land_events(lake, [job, other], topic="scores")
    refresh(lake, decisions)
    land_events(lake, [fallback, job], offset, topic="scores")
    refresh(lake, decisions)
    lake.attach(decisions.name)
    rows = lake.session.execute(f"select transaction_id, mode, outcome from {decisions.name} order by 1").fetchall()
    assert rows == [("x", "fallback", "review"), ("y", "job", "decline")]
    before = content_hash(lake, decisions.name)
    refresh(lake, decisions, full=True)
    assert content_hash(lake, decisions.name) == before


def test_nothing_is_learnt_from_a_decision_made_without_the_job(lake: Lake) -> None:
    land_events(lake, [scored("x", "job", "allow"), scored("y", "fallback", "review")], topic="scores")
    refresh(lake, find_silver("silver.decisions"))
    assert refresh_activity(lake)[1] == 1
    assert decisions_without_row(lake) == 0


def test_the_features_of_what_came_stand_beside_those_that_were_there(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.lakehouse.writing.FILE_ROWS", 2)
    monkeypatch.setattr("pipelines.lakehouse.touched.SMALL_ROWS", 2)
    decisions = find_silver("silver.decisions")
    offset = land_events(lake, [scored(name, "job", "allow") for name in "abcdef"], topic="scores")
    refresh(lake, decisions)
    refresh_activity(lake)
    kept = {file.file_path for file in lake.data_files(TABLE)}
    land_events(lake, [scored("a", "fallback", "review"), scored("g", "job", "allow")], offset, topic="scores")
    refresh(lake, decisions)
    head, rows = refresh_activity(lake)
    assert rows == 6
    assert len(kept & {file.file_path for file in lake.data_files(TABLE)}) == 2
    assert decisions_without_row(lake) == 0
    assert refresh_activity(lake) == (head, rows)
    before = content_hash(lake, TABLE)
    lake.catalog.drop_table(TABLE)
    refresh_activity(lake)
    assert content_hash(lake, TABLE) == before


def scored(identifier: str, mode: str, outcome: str) -> Json:
    """A decision as it is told; its event's id differs by who decided."""
    policy = load_policy()
    told = decide_alone(movement(transaction_id=identifier), {}, None, policy, NOW)
    event = fallback_event({**told, "mode": mode, "outcome": outcome})
    return {**event, "id": f"{identifier}:debit:1:{mode}"}
