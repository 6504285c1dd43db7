"""Small files become large ones with the same rows, whoever reads and writes at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import PermanentError
from pipelines.lakehouse.care.compaction import Compacted, compact
from pipelines.lakehouse.catalog import Lake
from tests.unit.pipelines.care.lakes import BRONZE, EVERYTHING, OFFSETS, bronze_rows, daily_bronze, file_count, sink


def test_rows_stay_and_files_become_one_for_each_day(lake: Lake) -> None:
    for offset in range(0, 12, 2):
        sink(lake, [offset, offset + 1], day=offset // 6)
    before = bronze_rows(lake)
    done = compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    assert done == Compacted(files_before=6, files_after=2, rows=12)
    assert bronze_rows(lake) == before
    assert file_count(lake) == 2


def test_compacting_again_changes_nothing(lake: Lake) -> None:
    for offset in range(3):
        sink(lake, [offset])
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    head = lake.head(BRONZE)
    assert compact(lake.catalog.load_table(BRONZE), EVERYTHING) == Compacted(0, 0, 0)
    assert lake.head(BRONZE) == head


def test_a_table_that_was_never_written_is_left_alone(lake: Lake) -> None:
    assert compact(daily_bronze(lake), EVERYTHING) == Compacted(0, 0, 0)


def test_what_is_appended_while_files_are_rewritten_is_kept_once(lake: Lake) -> None:
    for offset in range(4):
        sink(lake, [offset])
    begun = lake.catalog.load_table(BRONZE)
    sink(lake, [4, 5])
    assert compact(begun, EVERYTHING).left == 0
    assert [row[3] for row in bronze_rows(lake)] == [0, 1, 2, 3, 4, 5]
    assert file_count(lake) == 2
    head = lake.head(BRONZE)
    assert head is not None
    assert head.properties["total-records"] == "6"
    assert head.properties["total-data-files"] == "2"


def test_files_that_somebody_else_replaced_are_left_to_the_next_run(lake: Lake, tmp_path: Path) -> None:
    for offset in range(4):
        sink(lake, [offset])
    begun = lake.catalog.load_table(BRONZE)
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    before, data = bronze_rows(lake), sorted(tmp_path.rglob("*.parquet"))
    done = compact(begun, EVERYTHING)
    assert done == Compacted(0, 0, 0, left=1)
    assert bronze_rows(lake) == before
    assert sorted(tmp_path.rglob("*.parquet")) == data


def test_a_reader_by_sequence_number_neither_sees_old_rows_as_new_nor_misses_any(lake: Lake) -> None:
    for offset in range(6):
        sink(lake, [offset])
    marks = [lake.increment(BRONZE, 0).sequence_number, 3]
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    assert lake.increment(BRONZE, marks[0]).files == ()
    assert len(lake.increment(BRONZE, marks[1]).files) == 1
    sink(lake, [6])
    assert len(lake.increment(BRONZE, marks[0]).files) == 1


def test_a_file_that_holds_other_rows_than_it_declares_stops_the_table(lake: Lake) -> None:
    for offsets in ([0], [1], [2, 3]):
        sink(lake, offsets, day=len(offsets))
    one, _, two = lake.increment(BRONZE, 0).files
    Path(one).write_bytes(Path(two).read_bytes())
    head = lake.head(BRONZE)
    with pytest.raises(PermanentError, match="declare 2 rows and hold 3"):
        compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    assert lake.head(BRONZE) == head


def test_the_sinks_progress_is_found_behind_a_compaction(lake: Lake) -> None:
    for offset in range(3):
        sink(lake, [offset])
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    table = lake.catalog.load_table(BRONZE)
    head = table.current_snapshot()
    assert head is not None
    assert head.parent_snapshot_id is not None
    parent = table.snapshot_by_id(head.parent_snapshot_id)
    assert parent is not None
    assert parent.summary is not None
    assert parent.summary[OFFSETS] == '{"0": 2}'
