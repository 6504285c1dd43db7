"""A refresh writes again the files that hold a changed key, and leaves the others."""

from __future__ import annotations

import pytest

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.lakes import change, instalment, land

TABLE = find_table("diasporacore", "loan_repayments")
SILVERS = (find_silver(TABLE.silver), find_silver(TABLE.silver_history))


@pytest.fixture
def filled(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Ten instalments, two in each file."""
    monkeypatch.setattr("pipelines.lakehouse.writing.FILE_ROWS", 2)
    monkeypatch.setattr("pipelines.lakehouse.touched.SMALL_ROWS", 2)
    land(lake, TABLE.bronze, TABLE.topic, [change("c", instalment(number), number) for number in range(10)])
    for table in SILVERS:
        refresh(lake, table)
    return lake


def paths(lake: Lake, name: str) -> set[str]:
    return {file.file_path for file in lake.data_files(name)}


@pytest.mark.parametrize("name", [table.name for table in SILVERS])
def test_files_without_a_changed_key_stay(filled: Lake, name: str) -> None:
    before = paths(filled, name)
    assert len(before) == 5
    land(filled, TABLE.bronze, TABLE.topic, [change("u", instalment(4, paid="1.00"), 20)], 10)
    done = refresh(filled, find_silver(name))
    assert len(paths(filled, name) & before) == 4
    assert done.rows == (10 if name == TABLE.silver else 11)


def test_a_new_key_comes_in_a_file_of_its_own(filled: Lake) -> None:
    before = paths(filled, TABLE.silver)
    land(filled, TABLE.bronze, TABLE.topic, [change("c", instalment(11), 20)], 10)
    refresh(filled, SILVERS[0])
    assert before < paths(filled, TABLE.silver)


def test_a_whole_snapshot_of_the_source_looks_at_every_file(filled: Lake) -> None:
    land(filled, TABLE.bronze, TABLE.topic, [change("r", instalment(4), 20, snapshot="last")], 10)
    assert refresh(filled, SILVERS[0]).rows == 1
