"""Compaction: the many small files that a sink commits become few large ones with exactly the same rows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, _dataframe_to_data_files
from pyiceberg.manifest import DataFile, ManifestContent
from pyiceberg.table import FileScanTask, Table

from contracts.errors import PermanentError
from contracts.lakehouse import CompactionPolicy
from pipelines.lakehouse.care.plan import Candidate, Group, plan_compaction
from pipelines.lakehouse.care.replacement import commit_replacement

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Compacted:
    """What a compaction did: data files before and after, and groups left for the next run by a conflict."""

    files_before: int
    files_after: int
    rows: int
    left: int = 0


def compact(table: Table, policy: CompactionPolicy) -> Compacted:
    """Rewrite the small files of a table that is only appended to, each group in a commit of its own.

    Appends that happen meanwhile are kept as they are. A group whose files somebody else replaced, or whose commit
    other writers outran, is left as it was. Raises PermanentError, before anything is committed, for a table with
    delete files and when the rows read are not as many as the files declare.
    """
    candidates = list(_candidates(table))
    before, after, rows, left = 0, 0, 0, 0
    for group in plan_compaction(candidates, policy):
        written = _rewrite(table, group)
        if written is None:
            left += 1
            continue
        before += len(group.files)
        after += len(written)
        rows += sum(file.record_count for file in written)
    return Compacted(before, after, rows, left)


def _candidates(table: Table) -> Iterator[Candidate[DataFile]]:
    snapshot = table.current_snapshot()
    if snapshot is None:
        return
    current = table.spec().spec_id
    for manifest in snapshot.manifests(table.io):
        if manifest.content == ManifestContent.DELETES:
            raise PermanentError(f"Table {'.'.join(table.name())} has delete files; it is not only appended to.")
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            file = entry.data_file
            if file.spec_id == current:
                yield Candidate(file, file.partition, file.file_size_in_bytes, entry.sequence_number or 0)


def _rewrite(table: Table, group: Group[DataFile]) -> list[DataFile] | None:
    """Write the group's rows and commit; None when other writers were in the way, and then nothing remains of it."""
    rows = _rows(table, group.sources)
    written = list(_dataframe_to_data_files(table.metadata, rows, table.io))
    if sum(file.record_count for file in written) != rows.num_rows:
        raise PermanentError(f"Table {'.'.join(table.name())}: {rows.num_rows} rows were read, another count written.")
    try:
        commit_replacement(table, list(group.sources), dict.fromkeys(written, group.sequence_number))
    except (CommitFailedException, ValidationException) as error:
        # Both say for certain that nothing was committed, so that the new files belong to nobody.
        _log.info("Compaction of %s is left for the next run: %s", ".".join(table.name()), error)
        _delete(table, written)
        table.refresh()
        return None
    return written


def _rows(table: Table, files: Iterable[DataFile]) -> pa.Table:
    """The rows of the files by field id, so that columns added or renamed since are where they belong."""
    files = list(files)
    scan = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
    rows = scan.to_table([FileScanTask(file) for file in files])
    declared = sum(file.record_count for file in files)
    if rows.num_rows != declared:
        raise PermanentError(
            f"Table {'.'.join(table.name())}: its files declare {declared} rows and hold {rows.num_rows}."
        )
    return rows


def _delete(table: Table, files: Iterable[DataFile]) -> None:
    for file in files:
        table.io.delete(file.file_path)
