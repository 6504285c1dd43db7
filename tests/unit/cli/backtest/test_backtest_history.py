"""Which events are replayed and in which order, from a real Iceberg table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.backtest.history import BRONZE, Record, labels, movements, span_of
from contracts.errors import NotFoundError
from pipelines.lakehouse.catalog import Lake
from tests.unit.pipelines.lakes import START, Json, land, small_lake

DAY = timedelta(days=1)
HISTORY, LIVE, LABELS = "transaction.history", "transaction.events", "label.events"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with small_lake(tmp_path) as opened:
        yield opened


def event(name: str, at: datetime) -> Json:
    told = {"transaction_id": name, "leg": "debit", "attempt": 1, "account_id": "a1", "occurred_at": at.isoformat()}
    return {"data": told}


def names(records: Iterable[Record]) -> list[str]:
    return [json.loads(record.value)["data"]["transaction_id"] for record in records]


def test_events_of_both_topics_come_by_arrival_and_history_first_among_those_of_one_moment(lake: Lake) -> None:
    land(lake, BRONZE, LIVE, [event("live-1", START), event("live-2", START)], first_offset=5)
    land(lake, BRONZE, HISTORY, [event("old-1", START), event("old-2", START)], first_offset=4)
    span = span_of(lake, START, START, START + DAY)
    records = list(movements(lake, span))
    assert names(records) == ["old-1", "old-2", "live-1", "live-2"]
    assert {record.key for record in records} == {b"a1"}
    assert span.movements == 4


def test_the_warm_up_is_replayed_and_what_came_after_the_last_compared_movement_is_not(lake: Lake) -> None:
    days = {"before": -3, "warm": -1, "compared": 0, "after": 2}
    land(lake, BRONZE, LIVE, [event(name, START + day * DAY) for name, day in days.items()])
    span = span_of(lake, START - 2 * DAY, START, START + DAY)
    assert names(movements(lake, span)) == ["warm", "compared"]


def test_a_later_movement_that_came_before_a_compared_one_is_replayed(lake: Lake) -> None:
    land(lake, BRONZE, LIVE, [event("early bird", START + 2 * DAY), event("compared", START)])
    assert names(movements(lake, span_of(lake, START, START, START + DAY))) == ["early bird", "compared"]


def test_labels_are_replayed_up_to_the_same_arrival_also_without_a_business_time(lake: Lake) -> None:
    nowhere = event("nowhere", START)
    nowhere["data"]["occurred_at"] = None
    land(lake, BRONZE, LABELS, [event("known", START), nowhere])
    land(lake, BRONZE, LIVE, [event("compared", START)], first_offset=1)
    land(lake, BRONZE, LABELS, [event("too late", START)], first_offset=2)
    assert names(labels(lake, span_of(lake, START, START, START + DAY))) == ["known", "nowhere"]


def test_what_no_reader_understands_is_left_out(lake: Lake) -> None:
    land(lake, BRONZE, LIVE, ["no json", None, {"data": {}}, event("compared", START)])
    assert names(movements(lake, span_of(lake, START, START, START + DAY))) == ["compared"]


def test_an_event_that_landed_twice_is_replayed_once(lake: Lake) -> None:
    land(lake, BRONZE, LIVE, [event("compared", START)])
    land(lake, BRONZE, LIVE, [event("compared", START)])
    assert names(movements(lake, span_of(lake, START, START, START + DAY))) == ["compared"]


def test_an_interval_without_movements_says_where_there_are_some(lake: Lake) -> None:
    land(lake, BRONZE, LIVE, [event("compared", START)])
    with pytest.raises(NotFoundError, match="There are some from 2026-11-01"):
        span_of(lake, START, START + DAY, START + 2 * DAY)
