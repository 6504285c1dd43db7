"""Whether operations, silver and the warehouse tell the same: rows, and sums of money by currency."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import psycopg

from contracts.capture import ROWS
from contracts.settings import Settings
from contracts.tables import Table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.columns import table_columns
from pipelines.lakehouse.refresh import HIGH_WATER
from pipelines.landing.offsets import open_offsets
from pipelines.landing.progress import probe_source

# The slots read the log of all databases: behind a load of the whole warehouse, a minute was not enough.
_PROBE_TIMEOUT_SECONDS = 300

# Rows and sums of each decimal column, by currency ('' where the table has none).
Totals = dict[str, tuple[Decimal, ...]]
Outcome = Literal["equal", "different", "moving"]


@dataclass(frozen=True)
class Reconciled:
    """One comparison; `moving` says that the source changed after what silver has read, so that nothing was compared."""

    table: Table
    outcome: Outcome
    expected: Totals
    found: Totals


def lake_totals(lake: Lake, tables: Sequence[Table]) -> dict[str, Totals]:
    """What silver tells, by the table's name there."""
    lake.attach(*(table.silver for table in tables))
    return {table.silver: _totals(lake.session.execute(totals_sql(table, table.silver)).fetchall()) for table in tables}


def reconcile_source(
    lake: Lake, settings: Settings, tables: Sequence[Table], silver: Mapping[str, Totals]
) -> tuple[Reconciled, ...]:
    """Compare what silver tells with the operational tables, where silver has read all their changes.

    Raises TransientError when changes do not flow, for then nothing can be said.
    """
    before = _source_totals(settings, tables)
    probe_source(settings, ROWS, time.monotonic() + _PROBE_TIMEOUT_SECONDS)
    with open_offsets(settings) as offsets:
        ends = offsets.ends(table.topic for table in tables)
    after = _source_totals(settings, tables)
    results = []
    for table in tables:
        told, found = before[table.silver], silver[table.silver]
        is_still = told == after[table.silver] and _has_read(lake, table, ends.get((table.topic, 0), 0))
        results.append(Reconciled(table, _outcome(told, found) if is_still else "moving", told, found))
    return tuple(results)


def reconcile_warehouse(
    settings: Settings, tables: Sequence[Table], silver: Mapping[str, Totals]
) -> tuple[Reconciled, ...]:
    """Compare the copied tables with what silver tells."""
    results = []
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        for table in tables:
            copy = f"lake_silver.{table.app}__{table.name}"
            found = _totals(connection.execute(totals_sql(table, copy).encode()).fetchall())
            results.append(Reconciled(table, _outcome(silver[table.silver], found), silver[table.silver], found))
    return tuple(results)


def totals_sql(table: Table, name: str) -> str:
    """One query that PostgreSQL and DuckDB both understand; `name` is the table's in that engine."""
    columns = table_columns(table)
    currency = "currency" if any(column.name == "currency" for column in columns) else "''"
    sums = "".join(f", coalesce(sum({column.name}), 0)" for column in columns if column.kind == "decimal")
    return f"select {currency}, count(*){sums} from {name} group by 1"  # noqa: S608 - declared names


def _source_totals(settings: Settings, tables: Iterable[Table]) -> dict[str, Totals]:
    with psycopg.connect(settings.database_url("operations")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return {
            table.silver: _totals(
                connection.execute(totals_sql(table, f"{table.schema_name}.{table.name}").encode()).fetchall()
            )
            for table in tables
        }


def _has_read(lake: Lake, table: Table, end: int) -> bool:
    head = lake.head(table.silver)
    marks: dict[str, int] = json.loads(head.properties[HIGH_WATER]) if head else {}
    return marks.get(f"{table.topic}:0", -1) + 1 == end


def _totals(rows: list[tuple[object, ...]]) -> Totals:
    return {str(currency): tuple(Decimal(str(value)) for value in values) for currency, *values in rows}


def _outcome(expected: Totals, found: Totals) -> Outcome:
    return "equal" if expected == found else "different"
