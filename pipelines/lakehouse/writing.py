"""Committing rows: files of a bounded size, old ones out and new ones in by one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

# Of one data file: what a refresh writes again when one of its keys changes.
FILE_ROWS = 131_072


def overwrite(
    table: Table,
    rows: pa.Table | pa.RecordBatchReader,
    properties: Mapping[str, str],
    instead_of: Collection[DataFile] | None,
) -> None:
    """Old files out and new ones in by one snapshot: pyiceberg's `overwrite` makes two, of which the first is empty."""
    old = tuple(task.file for task in table.scan().plan_files()) if instead_of is None else tuple(instead_of)
    # Written first: the rows may be read from the files that go.
    new = list(_written(table, rows))
    transaction = table.transaction()
    with transaction, transaction.update_snapshot(snapshot_properties=dict(properties)).overwrite() as snapshot:
        for file in old:
            snapshot.delete_data_file(file)
        for file in new:
            snapshot.append_data_file(file)


def _written(table: Table, rows: pa.Table | pa.RecordBatchReader) -> Iterator[DataFile]:
    """The rows in files of so many each, one after the other: what is wider than memory is never there as a whole."""
    shape = table.schema().as_arrow()
    batches = rows.to_batches() if isinstance(rows, pa.Table) else rows
    held: list[pa.RecordBatch] = []
    pieces = (batch.slice(start, FILE_ROWS) for batch in batches for start in range(0, batch.num_rows, FILE_ROWS))
    for piece in pieces:
        held.append(piece)
        if sum(part.num_rows for part in held) >= FILE_ROWS:
            yield from _file(table, held, shape)
            held = []
    yield from _file(table, held, shape)


def _file(table: Table, held: list[pa.RecordBatch], shape: pa.Schema) -> Iterator[DataFile]:
    if sum(part.num_rows for part in held):
        yield from _dataframe_to_data_files(table.metadata, pa.Table.from_batches(held).cast(shape), table.io)


def local_path(path: str) -> str:
    """A path that DuckDB opens: Hadoop writes `file:/x`, pyiceberg `file:///x`; object stores keep their address."""
    return "/" + path.removeprefix("file:").lstrip("/") if path.startswith("file:") else path
