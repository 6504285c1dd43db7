"""Snapshots go when they were superseded long enough ago and nobody cites them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata, TableMetadataV2, new_table_metadata
from pyiceberg.table.refs import SnapshotRef, SnapshotRefType
from pyiceberg.table.snapshots import Operation, Snapshot, SnapshotLogEntry, Summary
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER

from contracts.errors import NotFoundError
from pipelines.lakehouse.care.compaction import compact
from pipelines.lakehouse.care.expiry import expirable, expire_snapshots
from pipelines.lakehouse.care.orphans import named_files, remove_orphans
from pipelines.lakehouse.care.tags import tag_snapshots
from pipelines.lakehouse.catalog import Lake
from tests.unit.pipelines.care.lakes import BRONZE, EVERYTHING, OFFSETS, bronze_rows, sink

KEEP = timedelta(hours=12)
SOON = timedelta(0)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = 3_600_000

# For each snapshot: hours until the next, whether the sink's progress stands in it, whether somebody tagged it.
chains = st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.booleans()), min_size=1, max_size=10)
Chain = list[tuple[int, bool, bool]]


def reference(snapshot_id: int, kind: SnapshotRefType) -> SnapshotRef:
    return SnapshotRef.model_validate({"snapshot-id": snapshot_id, "type": kind.value})


def table_metadata(chain: Chain) -> TableMetadata:
    """Snapshots 1, 2, ... of which the last one was committed as many hours before NOW as it says."""
    ends = int(NOW.timestamp() * 1000)
    begins = [ends - HOUR * sum(hours for hours, _, _ in chain[position:]) for position in range(len(chain))]
    snapshots = [
        Snapshot(
            snapshot_id=number,
            parent_snapshot_id=number - 1 or None,
            sequence_number=number,
            timestamp_ms=begun,
            manifest_list=f"file:///list-{number}.avro",
            summary=Summary(Operation.APPEND, **({OFFSETS: f'{{"0": {number}}}'} if has_progress else {})),
        )
        for number, (begun, (_, has_progress, _)) in enumerate(zip(begins, chain, strict=True), start=1)
    ]
    tags = {
        f"tag-{number}": reference(number, SnapshotRefType.TAG)
        for number, (_, _, is_tagged) in enumerate(chain, start=1)
        if is_tagged
    }
    empty = new_table_metadata(Schema(), UNPARTITIONED_PARTITION_SPEC, UNSORTED_SORT_ORDER, "file:///table")
    assert isinstance(empty, TableMetadataV2)
    head = reference(len(chain), SnapshotRefType.BRANCH)
    return empty.model_copy(
        update={
            "snapshots": snapshots,
            "snapshot_log": [
                SnapshotLogEntry(snapshot_id=one.snapshot_id, timestamp_ms=one.timestamp_ms) for one in snapshots
            ],
            "current_snapshot_id": len(chain),
            "refs": {"main": head, **tags},
        }
    )


def progress(metadata: TableMetadata, gone: set[int]) -> str | None:
    """What the sink finds: it walks from the current snapshot to parents, and a parent that is gone ends the walk."""
    number: int | None = metadata.current_snapshot_id
    while number is not None and number not in gone:
        snapshot = metadata.snapshot_by_id(number)
        assert snapshot is not None
        assert snapshot.summary is not None
        if OFFSETS in snapshot.summary.additional_properties:
            return snapshot.summary[OFFSETS]
        number = snapshot.parent_snapshot_id
    return None


@given(chains)
def test_every_question_about_the_kept_time_has_its_snapshot(chain: Chain) -> None:
    metadata = table_metadata(chain)
    gone = set(expirable(metadata, KEEP, NOW))
    since = (NOW - KEEP).timestamp() * 1000
    seen = [one for one in metadata.snapshots if one.timestamp_ms <= since][-1:]
    seen += [one for one in metadata.snapshots if one.timestamp_ms > since]
    assert not gone & {one.snapshot_id for one in seen}


@given(chains)
def test_what_is_tagged_and_what_is_current_stays(chain: Chain) -> None:
    metadata = table_metadata(chain)
    assert not set(expirable(metadata, KEEP, NOW)) & {one.snapshot_id for one in metadata.refs.values()}


@given(chains)
def test_the_sink_finds_its_progress_as_before(chain: Chain) -> None:
    metadata = table_metadata(chain)
    assert progress(metadata, set(expirable(metadata, KEEP, NOW))) == progress(metadata, set())


@given(chains)
def test_all_else_goes(chain: Chain) -> None:
    plain = [(hours, number == len(chain) - 1, False) for number, (hours, _, _) in enumerate(chain)]
    metadata = table_metadata(plain)
    since = (NOW - KEEP).timestamp() * 1000
    old = [one.snapshot_id for one in metadata.snapshots if one.timestamp_ms <= since][:-1]
    superseded_at_the_edge = [
        one.snapshot_id for one in metadata.snapshots[:-1] if metadata.snapshots[one.snapshot_id].timestamp_ms == since
    ]
    assert expirable(metadata, KEEP, NOW) == [one for one in old if one not in superseded_at_the_edge]


def after(years: int = 1) -> datetime:
    return datetime.now(UTC) + timedelta(days=365 * years)


def test_a_tagged_snapshot_can_be_read_when_all_files_that_nobody_names_are_gone(lake: Lake) -> None:
    for offset in range(4):
        sink(lake, [offset])
    cited = lake.head(BRONZE)
    assert cited is not None
    tag_snapshots(lake, {BRONZE: str(cited.snapshot_id)}, "model.fraud.run-1")
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    sink(lake, [4])
    table = lake.catalog.load_table(BRONZE)
    assert expire_snapshots(table, KEEP, after()) == 4
    removed = remove_orphans(table, SOON, after())
    assert removed.files > 0
    assert {snapshot.snapshot_id for snapshot in table.snapshots()} >= {cited.snapshot_id}
    assert table.scan(snapshot_id=cited.snapshot_id).to_arrow().num_rows == 4
    assert len(bronze_rows(lake)) == 5


def test_files_of_expired_snapshots_go_only_when_they_are_old_enough(lake: Lake, tmp_path: Path) -> None:
    for offset in range(4):
        sink(lake, [offset])
    compact(lake.catalog.load_table(BRONZE), EVERYTHING)
    sink(lake, [4])
    table = lake.catalog.load_table(BRONZE)
    expire_snapshots(table, KEEP, after())
    assert len(sorted(tmp_path.rglob("*.parquet"))) == 6
    assert remove_orphans(table, timedelta(days=10), datetime.now(UTC)).files == 0
    assert remove_orphans(table, timedelta(days=10), after()).files > 4
    assert len(sorted(tmp_path.rglob("*.parquet"))) == 2
    assert len(bronze_rows(lake)) == 5


def test_a_file_that_a_writer_has_not_committed_yet_is_kept_until_the_age(lake: Lake, tmp_path: Path) -> None:
    sink(lake, [0])
    folder = next(tmp_path.rglob("*.parquet")).parent
    (folder / "being-written.parquet").write_bytes(b"some")
    table = lake.catalog.load_table(BRONZE)
    assert remove_orphans(table, timedelta(days=10), datetime.now(UTC) + timedelta(days=9)).files == 0
    assert remove_orphans(table, timedelta(days=10), datetime.now(UTC) + timedelta(days=11)).files == 1
    assert not (folder / "being-written.parquet").exists()


def test_every_file_that_a_reader_could_need_is_named(lake: Lake, tmp_path: Path) -> None:
    for offset in range(3):
        sink(lake, [offset])
    table = lake.catalog.load_table(BRONZE)
    assert named_files(table) == {str(path) for path in (tmp_path / "lakehouse").rglob("*") if path.is_file()}


def test_tagging_twice_is_tagging_once_and_a_snapshot_that_is_gone_is_named(lake: Lake) -> None:
    sink(lake, [0])
    head = lake.head(BRONZE)
    assert head is not None
    for _ in range(2):
        tag_snapshots(lake, {BRONZE: head.snapshot_id}, "model.fraud.run-1")
    assert "model.fraud.run-1" in lake.catalog.load_table(BRONZE).refs()
    with pytest.raises(NotFoundError, match="has no snapshot 7"):
        tag_snapshots(lake, {BRONZE: 7}, "model.fraud.run-2")
