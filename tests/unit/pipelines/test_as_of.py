"""Time travel: each moment has the rows that readers saw then, or a reason why not."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError, NotFoundError
from contracts.tables import find_table
from pipelines.lakehouse.as_of import parse_moment, snapshot_at
from pipelines.lakehouse.care.expiry import expire_snapshots
from pipelines.lakehouse.care.tags import tag_snapshots
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.lakes import change, instalment, land

TABLE = find_table("diasporacore", "loan_repayments")
SILVER = find_silver(TABLE.silver)


def now() -> datetime:
    """A moment that no commit shares: snapshots are dated to the millisecond."""
    time.sleep(0.005)
    moment = datetime.now(UTC)
    time.sleep(0.005)
    return moment


@pytest.fixture
def moments(lake: Lake) -> list[datetime]:
    """After one, two and three instalments."""
    found = []
    for number in (1, 2, 3):
        land(lake, TABLE.bronze, TABLE.topic, [change("c", instalment(number), number)], number)
        refresh(lake, SILVER)
        found.append(now())
    return found


def rows_at(lake: Lake, moment: datetime | None) -> int:
    lake.attach(SILVER.name, as_of=moment)
    return lake.count(f"select count(*) from {SILVER.name}")


def test_each_moment_has_the_rows_of_then(lake: Lake, moments: list[datetime]) -> None:
    assert [rows_at(lake, moment) for moment in moments] == [1, 2, 3]
    assert rows_at(lake, None) == 3


def test_no_moment_shows_a_table_half_written(lake: Lake, moments: list[datetime]) -> None:
    table = lake.catalog.load_table(SILVER.name)
    commits = [datetime.fromtimestamp(entry.timestamp_ms / 1000, UTC) for entry in table.history()]
    assert [rows_at(lake, moment) for moment in commits] == [1, 2, 3]
    assert len(moments) == len(commits)


def test_a_moment_before_the_first_snapshot_is_told_with_the_first(lake: Lake, moments: list[datetime]) -> None:
    with pytest.raises(
        NotFoundError, match=r"silver\.diasporacore__loan_repayments has no snapshot as of 20.*its first is of 20"
    ):
        rows_at(lake, moments[0] - timedelta(days=1))


def test_a_table_that_is_absent_is_named(lake: Lake) -> None:
    with pytest.raises(NotFoundError, match=r"no table 'silver\.loans'"):
        lake.attach("silver.loans", as_of=datetime.now(UTC))


def test_a_table_that_was_never_written_says_so(lake: Lake, moments: list[datetime]) -> None:
    schema = lake.catalog.load_table(SILVER.name).schema()
    table = lake.catalog.create_table("silver.empty", schema)
    with pytest.raises(NotFoundError, match="it was never written"):
        snapshot_at(table, moments[-1])


def test_what_expired_between_two_kept_snapshots_is_not_answered_by_the_older(
    lake: Lake, moments: list[datetime]
) -> None:
    table = lake.catalog.load_table(SILVER.name)
    tag_snapshots(lake, {SILVER.name: snapshot_at(table, moments[0])}, "model.micro_loan.run-1")
    table.refresh()
    assert expire_snapshots(table, timedelta(hours=1), moments[2] + timedelta(hours=2)) == 1
    with pytest.raises(NotFoundError, match="has expired"):
        rows_at(lake, moments[1])
    assert rows_at(lake, moments[2]) == 3


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-20", "2026-11-20T12:00:00", "12:00:00Z"])
def test_an_instant_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="as_of"):
        parse_moment(text)


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_is_the_same_in_every_offset(moment: datetime) -> None:
    told = moment.astimezone(UTC) if moment.utcoffset() is not None and moment.year not in {1, 9999} else None
    if told is not None and told.utcoffset() == timedelta(0):
        assert parse_moment(told.isoformat()) == told
        assert parse_moment(told.isoformat().replace("+00:00", "Z")) == told
