"""Row changes written straight into bronze, in the form that Debezium and the sink give them: for volumes above CDC.

They stand at a partition that Kafka does not have, so that their offsets never meet a record's: silver reads both.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Entry:
    """How rows enter: committed and arrived `at` (aware), with places in the topic and the log from these on.

    Operation `r` is a snapshot's row, all of them at one log position; `c` an insert, each at a position of its own.
    Positions must lie before those that capture will send.
    """

    at: datetime
    operation: Literal["r", "c"] = "r"
    offset: int = 0
    lsn: int = 1


def append_below_capture(lake: Lake, table: Table, rows: str, count: int, entry: Entry) -> None:
    """Append `count` row changes of a table to its bronze.

    `rows` is a relation of the lake's session with every declared column, as PostgreSQL has it, and `row_number`,
    which counts from 0. A table's rows of operation `r` must all be there before silver first reads them.
    """
    target = _bronze(lake, table.bronze)
    for start in range(0, count, CHUNK_ROWS):
        end = min(count, start + CHUNK_ROWS)
        part = f"select * from ({rows}) where row_number >= {start} and row_number < {end}"  # noqa: S608 - ours
        documents = lake.query(_envelopes_sql(table, part, entry))
        target.append(documents.cast(target.schema().as_arrow()))


def _bronze(lake: Lake, name: str) -> IcebergTable:
    """The table as the sink makes it, so that whoever comes first does."""
    lake.catalog.create_namespace_if_not_exists(name.partition(".")[0])
    return lake.catalog.create_table_if_not_exists(
        name, _SCHEMA, partition_spec=_BY_DAY, properties={"format-version": "2"}
    )


def _envelopes_sql(table: Table, rows: str, entry: Entry) -> str:
    operation, lsn = entry.operation, entry.lsn
    position = f"{lsn} + row_number" if operation == "c" else str(lsn)
    snapshot = "false" if operation == "c" else "true"
    instant = entry.at.astimezone(UTC)
    micros = int(instant.timestamp() * 1_000_000)
    after = ", ".join(f"{column.name} := {_debezium(column)}" for column in table.columns)
    source = f"schema := '{table.schema_name}', \"table\" := '{table.name}', lsn := {position}, ts_us := {micros}, snapshot := '{snapshot}'"
    envelope = (
        f"struct_pack(before := null, after := struct_pack({after}), source := struct_pack({source}), "
        f"op := '{operation}', ts_ms := {micros // 1000})"
    )
    return f"""
        select cast(to_json({envelope}) as varchar) as value, '{table.topic}' as topic, {PARTITION} as "partition",
            {entry.offset} + row_number as "offset", timestamptz '{instant.isoformat()}' as arrived_at
        from ({rows}) order by row_number
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
