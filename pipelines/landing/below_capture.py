"""Row changes written straight into bronze, in the form that Debezium and the sink give them: for volumes above CDC.

They stand at a partition that Kafka does not have, so that their offsets never meet a record's: silver reads both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, TimestamptzType

from contracts.tables import Column, Table

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

    from pipelines.lakehouse.catalog import Lake

PARTITION = -1
# Documents are some hundred bytes each: a commit of so many rows holds about a quarter of a gigabyte.
CHUNK_ROWS = 500_000

_SCHEMA = Schema(
    NestedField(1, "value", StringType(), required=False),
    NestedField(2, "topic", StringType(), required=False),
    NestedField(3, "partition", IntegerType(), required=False),
    NestedField(4, "offset", LongType(), required=False),
    NestedField(5, "arrived_at", TimestamptzType(), required=False),
)
_BY_DAY = PartitionSpec(PartitionField(5, 1000, DayTransform(), "arrived_at_day"))

# A snapshot's row at one position, or an insert at a position of its own.
Operation = Literal["r", "c"]


def append_below_capture(
    lake: Lake,
    table: Table,
    rows: str,
    count: int,
    *,
    at: datetime,
    operation: Operation = "r",
    first_offset: int = 0,
    first_lsn: int = 1,
) -> int:
    """Append `count` row changes of a table to its bronze, committed and arrived `at` (aware); the next offset.

    `rows` is a relation of the lake's session with every declared column, as PostgreSQL has it, and `row_number`,
    which counts from 0. Positions must lie before those that capture will send, and a table's rows of operation `r`
    must all be there before silver first reads them: they share one position.
    """
    target = _bronze(lake, table.bronze)
    for start in range(0, count, CHUNK_ROWS):
        places = (start, min(count, start + CHUNK_ROWS))
        documents = lake.query(_envelopes_sql(table, rows, at, operation, (first_offset, first_lsn), places))
        target.append(documents.cast(target.schema().as_arrow()))
    return first_offset + count


def _bronze(lake: Lake, name: str) -> IcebergTable:
    """The table as the sink makes it, so that whoever comes first does."""
    lake.catalog.create_namespace_if_not_exists(name.partition(".")[0])
    return lake.catalog.create_table_if_not_exists(
        name, _SCHEMA, partition_spec=_BY_DAY, properties={"format-version": "2"}
    )


def _envelopes_sql(
    table: Table, rows: str, at: datetime, operation: Operation, first: tuple[int, int], places: tuple[int, int]
) -> str:
    offset, lsn = first
    position = f"{lsn} + row_number" if operation == "c" else str(lsn)
    snapshot = "false" if operation == "c" else "true"
    instant = at.astimezone(UTC)
    micros = int(instant.timestamp() * 1_000_000)
    after = ", ".join(f"{column.name} := {_debezium(column)}" for column in table.columns)
    source = f"schema := '{table.schema_name}', \"table\" := '{table.name}', lsn := {position}, ts_us := {micros}, snapshot := '{snapshot}'"
    envelope = (
        f"struct_pack(before := null, after := struct_pack({after}), source := struct_pack({source}), "
        f"op := '{operation}', ts_ms := {micros // 1000})"
    )
    return f"""
        select cast(to_json({envelope}) as varchar) as value, '{table.topic}' as topic, {PARTITION} as "partition",
            {offset} + row_number as "offset", timestamptz '{instant.isoformat()}' as arrived_at
        from ({rows}) where row_number >= {places[0]} and row_number < {places[1]} order by row_number
    """  # noqa: S608 - names come from contracts, the rest from this program


def _debezium(column: Column) -> str:
    """A column's value as Debezium writes it: exact digits, instants in UTC, a date as its number of days."""
    if column.type.startswith("numeric"):
        return f"cast(cast({column.name} as {column.type.replace('numeric', 'decimal')}) as varchar)"
    if column.type == "timestamptz":
        return f"strftime({column.name}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    if column.type == "date":
        return f"date_diff('day', date '1970-01-01', {column.name})"
    return f"cast({column.name} as varchar)" if column.type == "jsonb" else column.name
