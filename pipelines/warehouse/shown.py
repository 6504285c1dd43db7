"""Facts that pages show and no mart holds, as tables of `lake_silver`: the dashboards read the warehouse and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from contracts.settings import Settings
from pipelines.warehouse.load import SCHEMA

Row = Mapping[str, Any]


def show_rows(settings: Settings, name: str, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    """Replace the rows of a table in one transaction; how many there are. `columns` are names and PostgreSQL's types."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    table, count = sql.Identifier(SCHEMA, name), 0
    with psycopg.connect(settings.database_url("warehouse")) as connection, connection.cursor() as cursor:
        _prepare(cursor, name, columns)
        cursor.execute(sql.SQL("delete from {}").format(table))
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(table, names)) as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
                count += 1
    return count


def _prepare(cursor: psycopg.Cursor[Any], name: str, columns: Mapping[str, str]) -> None:
    """The table with all its columns, which the pages may read."""
    table = sql.Identifier(SCHEMA, name)
    shape = sql.SQL(", ").join(sql.SQL(f"{column} {kind}") for column, kind in columns.items())
    cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
    cursor.execute(sql.SQL("grant usage on schema {} to dashboard").format(sql.Identifier(SCHEMA)))
    cursor.execute(sql.SQL("create table if not exists {} ({})").format(table, shape))
    for column, kind in columns.items():
        # The table of an older version has fewer columns; its rows are replaced below.
        added = sql.SQL(f"{column} {kind.removesuffix(' not null').removesuffix(' primary key')}")
        cursor.execute(sql.SQL("alter table {} add column if not exists {}").format(table, added))
    cursor.execute(sql.SQL("grant select on {} to dashboard").format(table))
