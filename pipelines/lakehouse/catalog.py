"""The lakehouse as a program sees it: one Iceberg catalog, and a DuckDB session over its tables.

DuckDB reads and computes, pyiceberg commits. The extensions come from PyPI packages and are loaded by path: nothing is
installed while it runs.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import NestedField

from contracts.errors import ConfigurationError, NotFoundError
from contracts.settings import Settings
from pipelines.lakehouse.as_of import snapshot_at
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.heads import Head, Heads
from pipelines.lakehouse.writing import FILE_ROWS, local_path, overwrite

# The name is part of the catalog's rows: Connect, DuckDB, pyiceberg and Spark must all use this one.
CATALOG = "lake"
# avro first: iceberg needs it loaded.
_EXTENSIONS = ("avro", "iceberg")


@dataclass(frozen=True)
class Increment:
    """Data files of an append-only table up to a snapshot; `table` is its UUID, empty while it does not exist."""

    table: str
    snapshot_id: int | None
    sequence_number: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Movement:
    """What happened to a table between two snapshots: the files that came, those that went, and the rows in each."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    rows_added: int
    rows_removed: int


class Lake:
    """The catalog and one session; made by `open_lake`, which also closes it."""

    def __init__(self, catalog: SqlCatalog, session: duckdb.DuckDBPyConnection) -> None:
        self.catalog = catalog
        self.session = session
        self._heads = Heads(catalog)

    def find(self, name: str) -> Table | None:
        """The table, or None while nobody created it."""
        try:
            return self.catalog.load_table(name)
        except NoSuchTableError:
            return None

    def head(self, name: str) -> Head | None:
        """The current snapshot; None for a table that is absent or was never written."""
        return self.heads((name,)).get(name)

    def heads(self, names: Iterable[str]) -> dict[str, Head]:
        """The current snapshots of many tables by one query; without those that are absent or were never written."""
        return self._heads.of(names)

    def heads_of_one_moment(self) -> AbstractContextManager[None]:
        """Within it what others commit is not seen, and a head costs nothing."""
        return self._heads.held()

    def look_through(self, name: str, head: Head, sequence_number: int) -> None:
        """Remember that the input of a table's snapshot `head` had nothing more for it up to a sequence number."""
        self._heads.look_through(name, head, sequence_number)

    def attach(self, *names: str, as_of: datetime | None = None) -> None:
        """Make tables readable in the session under their own names: `select * from silver.loans`.

        Their rows are those of now, or those that readers saw at `as_of`. Raises NotFoundError for a table that does
        not exist, or of which no snapshot of that moment is kept.
        """
        for name in names:
            table = self._known(name)
            self._show(name, table, snapshot_at(table, as_of) if as_of else None)

    def attach_snapshot(self, name: str, snapshot_id: int) -> None:
        """Make a table readable under its own name as one of its snapshots has it.

        Raises NotFoundError for a table that does not exist and for a snapshot that is not kept.
        """
        table = self._known(name)
        if table.snapshot_by_id(snapshot_id) is None:
            raise NotFoundError(f"{name} has no snapshot {snapshot_id} any more.")
        self._show(name, table, snapshot_id)

    def query(self, sql: str, parameters: Sequence[object] | None = None) -> pa.Table:
        """The rows of a query over attached tables, as Arrow."""
        return self.session.execute(sql, parameters).to_arrow_table()

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """The rows of a query as batches that are made while they are read."""
        return self.session.execute(sql).to_arrow_reader(FILE_ROWS)

    def count(self, sql: str, parameters: Sequence[object] | None = None) -> int:
        """The one whole number that a query gives; 0 when it gives none."""
        row = self.session.execute(sql, parameters).fetchone()
        return int(row[0] or 0) if row else 0

    def increment(self, name: str, after_sequence: int) -> Increment:
        """What was committed after a sequence number to a table that is only appended to; empty without the table."""
        head = self.head(name)
        if head is None:
            return Increment("", None, 0, ())
        if head.sequence_number <= after_sequence:
            return Increment(head.uuid, head.snapshot_id, head.sequence_number, ())
        table = self.catalog.load_table(name)
        snapshot = table.current_snapshot()
        if snapshot is None:
            return Increment("", None, 0, ())
        entries = (
            entry
            for manifest in snapshot.manifests(table.io)
            if (manifest.sequence_number or 0) > after_sequence
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
            if (entry.sequence_number or 0) > after_sequence
        )
        files = tuple(sorted(local_path(entry.data_file.file_path) for entry in entries))
        return Increment(str(table.metadata.table_uuid), snapshot.snapshot_id, snapshot.sequence_number or 0, files)

    def movement(self, name: str, since: int) -> Movement | None:
        """What came and went after the snapshot `since`; None when that one is no longer kept."""
        table = self.find(name)
        current = table.current_snapshot() if table else None
        if table is None or current is None or table.snapshot_by_id(since) is None:
            return None
        before = {task.file.file_path: task.file for task in table.scan(snapshot_id=since).plan_files()}
        after = {task.file.file_path: task.file for task in table.scan(snapshot_id=current.snapshot_id).plan_files()}
        added = sorted(after.keys() - before.keys())
        removed = sorted(before.keys() - after.keys())
        return Movement(
            added=tuple(map(local_path, added)),
            removed=tuple(map(local_path, removed)),
            rows_added=sum(after[path].record_count for path in added),
            rows_removed=sum(before[path].record_count for path in removed),
        )

    def data_files(self, name: str) -> tuple[DataFile, ...]:
        """The files that hold the table's rows; none without the table."""
        table = self.find(name)
        return tuple(task.file for task in table.scan().plan_files()) if table else ()

    def replace(
        self,
        name: str,
        rows: pa.Table | pa.RecordBatchReader,
        columns: Sequence[SilverColumn],
        properties: Mapping[str, str],
        instead_of: Collection[DataFile] | None = None,
    ) -> Head:
        """Commit `rows` in place of some files' rows, or of the whole content, where a table is made as it is needed.

        A table whose columns differ is made anew.
        """
        table = self._prepared(name, columns)
        overwrite(table, rows, properties, instead_of)
        head = self._heads.keep(name, table)
        if head is None:
            raise NotFoundError(f"The lakehouse lost {name!r} while it was written.")
        return head

    def _known(self, name: str) -> Table:
        table = self.find(name)
        if table is None:
            raise NotFoundError(f"The lakehouse has no table {name!r}.")
        return table

    def _show(self, name: str, table: Table, snapshot_id: int | None) -> None:
        schema, _, short = name.partition(".")
        self.session.execute(f"create schema if not exists {schema}")
        location = table.metadata_location.replace("'", "''")
        moment = "" if snapshot_id is None else f", snapshot_from_id = {snapshot_id}"
        self.session.execute(
            f"create or replace view {schema}.{short} as select * from iceberg_scan('{location}'{moment})"  # noqa: S608
        )

    def _prepared(self, name: str, columns: Sequence[SilverColumn]) -> Table:
        """The table with these columns; one with other columns is dropped, because silver can be rebuilt."""
        wanted = iceberg_schema(columns)
        table = self.find(name)
        if table is not None and _shape(table.schema()) != _shape(wanted):
            self.catalog.drop_table(name)
            table = None
        if table is None:
            self.catalog.create_namespace_if_not_exists(name.partition(".")[0])
            table = self.catalog.create_table(name, wanted, properties={"format-version": "2"})
        return table


@contextmanager
def open_lake(settings: Settings) -> Iterator[Lake]:
    """The lakehouse of one platform, for the length of a `with`."""
    catalog = SqlCatalog(
        CATALOG, uri=settings.database_url("lake", driver="postgresql+psycopg"), warehouse=settings.warehouse_location
    )
    session = open_session()
    try:
        yield Lake(catalog, session)
    finally:
        session.close()
        catalog.engine.dispose()


def open_session() -> duckdb.DuckDBPyConnection:
    """A DuckDB session in UTC that can read Iceberg."""
    session = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    session.execute("set timezone = 'UTC'")
    for name in _EXTENSIONS:
        load_extension(session, name)
    return session


def load_extension(session: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its package; raises ConfigurationError when the package is not installed."""
    session.execute(f"load '{_extension_path(name)}'")


def iceberg_schema(columns: Sequence[SilverColumn]) -> Schema:
    """The Iceberg schema of columns. All are optional in the file; the checks say which must not be null."""
    fields = [
        NestedField(number, column.name, column.iceberg_type, required=False, doc=column.description)
        for number, column in enumerate(columns, start=1)
    ]
    return Schema(*fields)


def _extension_path(name: str) -> Path:
    package = f"duckdb_extension_{name}"
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ConfigurationError(f"The package {package!r} is not installed.")
    return Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def _shape(schema: Schema) -> list[tuple[str, Any]]:
    return [(field.name, field.field_type) for field in schema.fields]
