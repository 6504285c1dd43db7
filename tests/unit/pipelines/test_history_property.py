"""However changes are cut, doubled, shuffled or lost with the slot: state and history are what was told, and a rebuild's."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.change_streams import Episode, Interval, Source, episodes, steps
from tests.unit.pipelines.lakes import Json, land, small_lake

TABLE = find_table("diasporacore", "loan_repayments")
SILVERS = (find_silver(TABLE.silver), find_silver(TABLE.silver_history))


@pytest.fixture(scope="module", autouse=True)
def tiny_files() -> Iterator[None]:
    """Two rows a file, so that a handful of keys lies in many files of which a refresh leaves some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.lakehouse.writing.FILE_ROWS", 2)
        patch.setattr("pipelines.lakehouse.touched.SMALL_ROWS", 2)
        yield


def deliveries(changes: list[Json], sizes: list[int], disorder: int, shuffle: random.Random) -> list[list[Json]]:
    """The changes in batches, some sent again, each up to `disorder` places from where it belongs."""
    sent = [*changes, *(shuffle.choice(changes) for _ in range(disorder) if changes)]
    places = {id(one): place for place, one in enumerate(changes)}
    sent.sort(key=lambda one: places[id(one)] + shuffle.uniform(0, disorder))
    batches = []
    for size in sizes:
        batches.append(sent[:size])
        sent = sent[size:]
    return [batch for batch in (*batches, sent) if batch]


def told(lake: Lake) -> list[Interval]:
    lake.attach(TABLE.silver_history)
    found = lake.session.execute(
        f"select instalment, paid_amount, valid_from, valid_to from {TABLE.silver_history}"
    ).fetchall()
    rows = [(key, paid, start.astimezone(UTC), end.astimezone(UTC) if end else None) for key, paid, start, end in found]
    return sorted(rows, key=str)


@given(episodes, steps, st.lists(st.integers(1, 5), max_size=3), st.integers(0, 4), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_state_and_history_are_what_the_source_told(
    played: list[Episode], clock: list[int], sizes: list[int], disorder: int, shuffle: random.Random
) -> None:
    source = Source(clock)
    source.play(played)
    with tempfile.TemporaryDirectory() as folder, small_lake(Path(folder)) as lake:
        offset = 0
        for batch in deliveries(source.changes, sizes, disorder, shuffle):
            offset = land(lake, TABLE.bronze, TABLE.topic, list(batch), offset)
            for table in SILVERS:
                refresh(lake, table)
        assert_as_told(lake, source)
        before = [content_hash(lake, table.name) for table in SILVERS]
        assert [refresh(lake, table).changes for table in SILVERS] == [0, 0]
        assert all(refresh(lake, table, full=True).rebuilt for table in SILVERS)
        assert [content_hash(lake, table.name) for table in SILVERS] == before


def assert_as_told(lake: Lake, source: Source) -> None:
    if not source.changes:
        for table in SILVERS:
            refresh(lake, table)
    assert told(lake) == source.history
    lake.attach(TABLE.silver)
    rows = lake.session.execute(f"select instalment, paid_amount from {TABLE.silver}").fetchall()
    assert dict(rows) == source.current
    columns = ", ".join(column.name for column in SILVERS[0].columns)
    held = f"select {columns} from {TABLE.silver_history} where is_current"
    assert lake.count(f"select count(*) from ({held} except select {columns} from {TABLE.silver})") == 0
