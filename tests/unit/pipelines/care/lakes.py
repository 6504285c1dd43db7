"""A bronze table as the sink leaves it: many small commits, partitioned by the day of arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, TimestamptzType

from contracts.lakehouse import CompactionPolicy
from pipelines.lakehouse.catalog import Lake

BRONZE = "bronze.events"
TOPIC = "label.events"
START = datetime(2026, 11, 1, tzinfo=UTC)
EVERYTHING = CompactionPolicy(target_file_mib=64, small_below_mib=16, minimum_files=2)
OFFSETS = "kafka.connect.offsets.control-bronze.connect-bronze"

_SCHEMA = Schema(
    NestedField(1, "value", StringType(), required=False),
    NestedField(2, "topic", StringType(), required=False),
    NestedField(3, "partition", IntegerType(), required=False),
    NestedField(4, "offset", LongType(), required=False),
    NestedField(5, "arrived_at", TimestamptzType(), required=False),
)
_BY_DAY = PartitionSpec(PartitionField(5, 1000, DayTransform(), "arrived_at_day"))


def daily_bronze(lake: Lake, name: str = BRONZE) -> Table:
    """The empty table with the partitions that the sink gives it."""
    lake.catalog.create_namespace_if_not_exists("bronze")
    return lake.find(name) or lake.catalog.create_table(
        name, _SCHEMA, partition_spec=_BY_DAY, properties={"format-version": "2"}
    )


def sink(lake: Lake, offsets: Sequence[int], *, day: int = 0, documents: Mapping[int, str] | None = None) -> None:
    """One commit of the sink: a record for each offset, and the sink's own progress with the snapshot."""
    arrived = START + timedelta(days=day)
    rows = [
        {
            "value": (documents or {}).get(offset, f'{{"offset": {offset}}}'),
            "topic": TOPIC,
            "partition": 0,
            "offset": offset,
            "arrived_at": arrived + timedelta(microseconds=offset),
        }
        for offset in offsets
    ]
    table = daily_bronze(lake)
    table.append(
        pa.Table.from_pylist(rows, schema=table.schema().as_arrow()),
        snapshot_properties={OFFSETS: f'{{"0": {max(offsets)}}}'},
    )


def bronze_rows(lake: Lake, name: str = BRONZE) -> list[tuple[object, ...]]:
    """All rows as DuckDB reads them, sorted."""
    lake.attach(name)
    found = lake.session.execute(f'select * from {name} order by topic, "partition", "offset", arrived_at')
    return found.fetchall()


def file_count(lake: Lake, name: str = BRONZE) -> int:
    return len(lake.increment(name, 0).files)
