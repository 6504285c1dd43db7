"""The lakehouse as a program sees it: one Iceberg catalog, and a DuckDB session over its tables.

DuckDB reads and computes, pyiceberg commits. The extensions come from PyPI packages and are loaded by path: nothing is
installed while it runs.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import NestedField

from contracts.errors import ConfigurationError, NotFoundError
from contracts.settings import Settings
from pipelines.lakehouse.as_of import snapshot_at
from pipelines.lakehouse.columns import SilverColumn

# The name is part of the catalog's rows: Connect, DuckDB, pyiceberg and Spark must all use this one.
CATALOG = "lake"
# avro first: iceberg needs it loaded.
_EXTENSIONS = ("avro", "iceberg")


@dataclass(frozen=True)
class Head:
    """A table's current snapshot; `properties` are what its writer recorded with it."""

    snapshot_id: int
    sequence_number: int
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Increment:
    """Data files of an append-only table up to a snapshot; `table` is its UUID, empty while it does not exist."""

    table: str
    snapshot_id: int | None
    sequence_number: int
    files: tuple[str, ...]


class Lake:
    """The catalog and one session; made by `open_lake`, which also closes it."""

    def __init__(self, catalog: SqlCatalog, session: duckdb.DuckDBPyConnection) -> None:
        self.catalog = catalog
        self.session = session

    def find(self, name: str) -> Table | None:
        """The table, or None while nobody created it."""
        try:
            return self.catalog.load_table(name)
        except NoSuchTableError:
            return None

    def head(self, name: str) -> Head | None:
        """The current snapshot; None for a table that is absent or was never written."""
        table = self.find(name)
        snapshot = table.current_snapshot() if table else None
        if snapshot is None:
            return None
        properties = snapshot.summary.additional_properties if snapshot.summary else {}
        return Head(snapshot.snapshot_id, snapshot.sequence_number or 0, properties)

    def attach(self, *names: str, as_of: datetime | None = None) -> None:
        """Make tables readable in the session under their own names: `select * from silver.loans`.

        Their rows are those of now, or those that readers saw at `as_of`. Raises NotFoundError for a table that does
        not exist, or of which no snapshot of that moment is kept.
        """
        for name in names:
            table = self.find(name)
            if table is None:
                raise NotFoundError(f"The lakehouse has no table {name!r}.")
            schema, _, short = name.partition(".")
            self.session.execute(f"create schema if not exists {schema}")
            location = table.metadata_location.replace("'", "''")
            moment = f", snapshot_from_id = {snapshot_at(table, as_of)}" if as_of else ""
            self.session.execute(
                f"create or replace view {schema}.{short} as select * from iceberg_scan('{location}'{moment})"  # noqa: S608
            )

    def query(self, sql: str, parameters: Sequence[object] | None = None) -> pa.Table:
        """The rows of a query over attached tables, as Arrow."""
        return self.session.execute(sql, parameters).to_arrow_table()

    def count(self, sql: str, parameters: Sequence[object] | None = None) -> int:
        """The one whole number that a query gives; 0 when it gives none."""
        row = self.session.execute(sql, parameters).fetchone()
        return int(row[0] or 0) if row else 0

    def increment(self, name: str, after_sequence: int) -> Increment:
        """What was committed after a sequence number to a table that is only appended to; empty without the table."""
        table = self.find(name)
        snapshot = table.current_snapshot() if table else None
        if table is None or snapshot is None:
            return Increment("", None, 0, ())
        entries = (
            entry
            for manifest in snapshot.manifests(table.io)
            if (manifest.sequence_number or 0) > after_sequence
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
            if (entry.sequence_number or 0) > after_sequence
        )
        files = tuple(sorted(_local(entry.data_file.file_path) for entry in entries))
        return Increment(str(table.metadata.table_uuid), snapshot.snapshot_id, snapshot.sequence_number or 0, files)

    def replace(
        self, name: str, rows: pa.Table, columns: Sequence[SilverColumn], properties: Mapping[str, str]
    ) -> Head:
        """Commit `rows` as the whole content of a table, created or made anew where its columns differ."""
        table = self._prepared(name, columns)
        _overwrite(table, rows.cast(table.schema().as_arrow()), properties)
        head = self.head(name)
        if head is None:
            raise NotFoundError(f"The lakehouse lost {name!r} while it was written.")
        return head

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


def _overwrite(table: Table, rows: pa.Table, properties: Mapping[str, str]) -> None:
    """Old files out and new ones in by one snapshot: pyiceberg's `overwrite` makes two, of which the first is empty."""
    transaction = table.transaction()
    with transaction, transaction.update_snapshot(snapshot_properties=dict(properties)).overwrite() as snapshot:
        for task in table.scan().plan_files():
            snapshot.delete_data_file(task.file)
        if rows.num_rows:
            for file in _dataframe_to_data_files(table.metadata, rows, table.io):
                snapshot.append_data_file(file)


def _local(path: str) -> str:
    """A path that DuckDB opens: Hadoop writes `file:/x`, pyiceberg `file:///x`; object stores keep their address."""
    return "/" + path.removeprefix("file:").lstrip("/") if path.startswith("file:") else path
