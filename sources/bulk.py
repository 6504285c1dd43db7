"""Many rows into one table by COPY, in chunks, without a second copy of a row that is there."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pacsv  # type: ignore[import-untyped]

from contracts.tables import Column, Table
from sources.ddl import qualified

Array = npt.NDArray[Any]
Columns = dict[str, Array]
Connection = psycopg.Connection[Any]

CHUNK = 20_000

# Crypto assets: as fine as the finest unit of any of them.
_QUANTITY = "numeric(38,18)"
_CENT = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))


def insert_new(
    connection: Connection, table: Table, columns: Columns, progress: Callable[[int], None] | None = None
) -> int:
    """Insert the rows whose key is not there yet, each chunk in a transaction of its own; how many were new.

    Money (numeric(18,2)) comes as int64 hundredths, quantities (numeric(38,18)) as Decimal, times as int64 microseconds
    since 1970 UTC. Set `atalaya.origin` on
    the session first when the rows are history. The connection must not be in a transaction.
    """
    names = [column for column in table.columns if column.name in columns]
    total, new = len(columns[table.key[0]]), 0
    for start in range(0, total, CHUNK):
        part = {column.name: columns[column.name][start : start + CHUNK] for column in names}
        new += _insert_chunk(connection, table, names, part)
        if progress is not None:
            progress(min(CHUNK, total - start))
    return new


def csv_bytes(columns: list[Column], rows: Columns) -> bytes:
    """The rows as COPY reads them: no header, an unquoted empty field is null."""
    arrays = [arrow_column(column, rows[column.name]) for column in columns]
    table = pa.table(arrays, names=[column.name for column in columns])
    buffer = io.BytesIO()
    pacsv.write_csv(table, buffer, pacsv.WriteOptions(include_header=False))
    return buffer.getvalue()


def arrow_column(column: Column, values: Array) -> pa.Array:
    """A column in its declared type."""
    if column.type == "timestamptz":
        return pa.array(values.astype(np.int64).view("datetime64[us]")).cast(pa.timestamp("us", "UTC"))
    if column.type == "numeric(18,2)":
        cents = pa.array(values.tolist() if values.dtype == object else values, type=pa.int64())
        return pa.compute.multiply(cents.cast(pa.decimal128(19, 0)), _CENT)
    if column.type == _QUANTITY:
        return pa.array(values.tolist(), pa.decimal128(38, 18))
    return pa.array(values.tolist()) if values.dtype == object else pa.array(values)


def _insert_chunk(connection: Connection, table: Table, columns: list[Column], rows: Columns) -> int:
    target, listed = qualified(table), ", ".join(column.name for column in columns)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"create temp table incoming (like {target} including defaults) on commit drop".encode())
        with cursor.copy(f"copy incoming ({listed}) from stdin (format csv)".encode()) as copy:
            copy.write(csv_bytes(columns, rows))
        cursor.execute(
            f"insert into {target} ({listed}) select {listed} from incoming on conflict do nothing".encode()  # noqa: S608
        )
        return cursor.rowcount
