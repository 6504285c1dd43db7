"""A closed day is what moved on the jurisdiction's own day; making it again changes nothing."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.jurisdictions import load_jurisdiction
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.days import close_day, days_table
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import EVENTS_BRONZE, find_silver
from tests.unit.pipelines.lakes import land, transaction

CANADA = load_jurisdiction("CA")
TABLE = days_table(CANADA)
SILVER = find_silver("silver.transactions")


@pytest.fixture
def moved(lake: Lake) -> Lake:
    """Two movements of one Toronto day, of which one is the next day in UTC, and one of the day after."""
    times = {"t1": "2026-10-31T20:00:00Z", "t2": "2026-11-01T02:00:00Z", "t3": "2026-11-01T20:00:00Z"}
    events = [transaction(name, "completed", occurred_at=at) for name, at in times.items()]
    land(lake, EVENTS_BRONZE, "transaction.events", events)
    refresh(lake, SILVER)
    return lake


def told(lake: Lake) -> list[tuple[object, ...]]:
    lake.attach(TABLE)
    return lake.session.execute(f"select day, movements, amount_minor from {TABLE} order by day").fetchall()


def test_days_are_the_jurisdictions_own(moved: Lake) -> None:
    for day in (date(2026, 10, 31), date(2026, 11, 1)):
        close_day(moved, CANADA, day)
    assert told(moved) == [(date(2026, 10, 31), 2, 2100), (date(2026, 11, 1), 1, 1050)]


def test_making_a_day_again_changes_nothing_in_whatever_order(moved: Lake) -> None:
    for day in (date(2026, 11, 1), date(2026, 10, 31)):
        close_day(moved, CANADA, day)
    before, head = content_hash(moved, TABLE), moved.head(TABLE)
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 10, 31)):
        assert close_day(moved, CANADA, day) == head
    assert content_hash(moved, TABLE) == before


def test_a_late_correction_changes_its_own_day_and_no_other(moved: Lake) -> None:
    close_day(moved, CANADA, date(2026, 10, 31))
    close_day(moved, CANADA, date(2026, 11, 1))
    late = transaction("t0", "completed", occurred_at="2026-10-31T12:00:00Z", amount_minor=5)
    land(moved, EVENTS_BRONZE, "transaction.events", [late], 10)
    refresh(moved, SILVER)
    for day in (date(2026, 10, 31), date(2026, 11, 1)):
        close_day(moved, CANADA, day)
    assert told(moved) == [(date(2026, 10, 31), 3, 2105), (date(2026, 11, 1), 1, 1050)]
