"""The credit aggregator's marts built from rows by their whole way: bronze, silver, the warehouse's copies, dbt."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from contracts.settings import Settings
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from pipelines.warehouse.dbt import DBT_PROJECT, executable, set_environment
from pipelines.warehouse.declared import load_declared
from pipelines.warehouse.load import load_tables
from tests.unit.pipelines.lakes import Json, change, land, small_lake


def build_marts(settings: Settings, folder: Path, rows: Mapping[str, Sequence[Json]], marts: str) -> None:
    """Build the named marts, with what they stand on and their tests, over the rows of each table."""
    with small_lake(folder) as lake:
        _load(lake, settings, rows)
    set_environment(settings)
    names = [part for name in marts.split() for part in ("--select", f"+{name}")]
    command = [str(executable()), "--no-use-colors", "--quiet", "build", "--project-dir", str(DBT_PROJECT), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout


def _load(lake: Lake, settings: Settings, rows: Mapping[str, Sequence[Json]]) -> None:
    """Every built row by its way through the lakehouse; none is quarantined."""
    tables = [find_table("caas", name) for name in rows]
    for table in tables:
        documents: list[Json | str | None] = [
            change("c", row, lsn) for lsn, row in enumerate(rows[table.name], start=1)
        ]
        land(lake, table.bronze, table.topic, documents)
        assert refresh(lake, find_silver(table.silver)).quarantined == 0
    assert load_declared(settings)["collateral_levels"] >= 3
    load_tables(lake, settings, [find_silver(table.silver) for table in tables])


def ask(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query of the warehouse."""
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        return connection.execute(sql.encode()).fetchall()
