"""Silver into PostgreSQL, in one transaction: the rows that came and went, or where they are many the whole table.

DuckDB writes what changed beside the old tables; then rows are exchanged by key, and whole tables change places.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from contracts.errors import NotFoundError
from contracts.settings import Settings
from pipelines.lakehouse.catalog import Lake, Movement
from pipelines.lakehouse.columns import Kind, SilverColumn
from pipelines.lakehouse.databases import attach_database
from pipelines.lakehouse.heads import Head
from pipelines.lakehouse.writing import FILE_ROWS
from pipelines.warehouse.copied import Copied

if TYPE_CHECKING:
    Connection = psycopg.Connection[tuple[object, ...]]

_log = logging.getLogger(__name__)

SCHEMA = "lake_silver"
# The next versions; never what a view stands on.
STAGE = "lake_silver_next"
_SNAPSHOT = "snapshot "
_GONE = "_gone"
# Below so many rows that are new, or in files that were written again, the exchange is always worth it: views stay.
_SMALL = 5_000
_COMPARED = 4 * FILE_ROWS

_TYPES: dict[Kind, str] = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "timestamp": "timestamptz",
    "date": "date",
    "day_number": "date",
    "json": "text",
}


# Of a table's rows: where more of them came, writing it whole costs less.
_FEW = 0.25


@dataclass(frozen=True)
class Loaded:
    """One table in the warehouse: the silver snapshot that it shows, and whether this run brought it, and how."""

    name: str
    rows: int
    snapshot_id: int
    changed: bool
    whole: bool = False


@dataclass(frozen=True)
class _Step:
    """What a table needs: the way from the snapshot that it shows, or None to be written whole."""

    table: Copied
    head: Head
    movement: Movement | None


def load_tables(lake: Lake, settings: Settings, tables: Iterable[Copied]) -> tuple[Loaded, ...]:
    """Bring the tables of `lake_silver` to silver's current snapshots, in one transaction.

    A table whose snapshot is already there is left alone. Views stay where only rows change; those on a table that is
    written whole go with the old one, and dbt makes them again. Raises NotFoundError for a table that silver lacks.
    """
    tables = tuple(tables)
    heads = lake.heads(table.name for table in tables)
    if absent := [table.name for table in tables if table.name not in heads]:
        raise NotFoundError(f"The lakehouse has no {', '.join(absent)}.", hint="Materialise silver first.")
    with psycopg.connect(settings.database_url("warehouse"), autocommit=True) as connection:
        present = prepare(connection)
        steps = [
            _step(lake, connection, table, heads[table.name], present.get(_short(table)))
            for table in tables
            if present.get(_short(table)) != heads[table.name].snapshot_id
        ]
        for step in steps:
            connection.execute(_create(step.table))
        _copy(lake, settings, steps)
        with connection.transaction():
            for step in steps:
                (_swap if step.movement is None else _exchange)(connection, step.table, step.head.snapshot_id)
    ways = {_short(step.table): step.movement is None for step in steps}
    return tuple(
        Loaded(name, heads[table.name].rows, heads[table.name].snapshot_id, name in ways, ways.get(name, False))
        for table in tables
        for name in (_short(table),)
    )


def _step(lake: Lake, connection: Connection, table: Copied, head: Head, shown: int | None) -> _Step:
    if shown is None or _columns(connection, table) != [
        (column.name, postgres_type(column)) for column in table.stored
    ]:
        return _Step(table, head, None)
    movement = lake.movement(table.name, shown)
    return _Step(table, head, movement if movement and _is_small(movement, head.rows) else None)


def _is_small(movement: Movement, rows: int) -> bool:
    """Whether finding the rows that differ, and exchanging them, costs less than writing the table whole."""
    growth = movement.rows_added - movement.rows_removed
    return growth <= max(_FEW * rows, _SMALL) and movement.rows_added <= max(_FEW * rows, _COMPARED)


def _columns(connection: Connection, table: Copied) -> list[tuple[str, str]]:
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [f"{SCHEMA}.{_short(table)}"],
    )
    return [(str(name), str(kind).replace("timestamp with time zone", "timestamptz")) for name, kind in rows]


def prepare(connection: Connection) -> dict[str, int]:
    """Make the schemas; the snapshots that the present tables show."""
    connection.execute("set client_min_messages = warning")
    for schema in (SCHEMA, STAGE):
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
    return shown_snapshots(connection)


def shown_snapshots(connection: Connection) -> dict[str, int]:
    """Silver's snapshot that each table of `lake_silver` shows, as its comment tells."""
    rows = connection.execute(
        "select relname, obj_description(oid, 'pg_class') from pg_class"
        " where relnamespace = to_regnamespace(%s) and relkind = 'r'",
        [SCHEMA],
    )
    told = {str(name): str(comment).rpartition(_SNAPSHOT)[2] for name, comment in rows}
    return {name: int(snapshot) for name, snapshot in told.items() if snapshot.isdigit()}


def _create(table: Copied) -> sql.Composed:
    """The stage of a table: its next rows, and `gone`, whether the key has none any more."""
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(postgres_type(column))) for column in table.stored
    ]
    name = sql.Identifier(STAGE, _short(table))
    return sql.SQL("drop table if exists {name}; create table {name} ({columns}, {gone} boolean)").format(
        name=name, columns=sql.SQL(", ").join(columns), gone=sql.Identifier(_GONE)
    )


def _copy(lake: Lake, settings: Settings, steps: Sequence[_Step]) -> None:
    if not steps:
        return
    session = lake.session
    attach_database(session, settings, "warehouse", f"schema '{STAGE}'")
    lake.attach(*(step.table.name for step in steps if step.movement is None))
    try:
        session.begin()
        for step in steps:
            columns = ", ".join(column.name for column in step.table.stored)
            rows = f"select {columns}, false as {_GONE} from {step.table.name}"  # noqa: S608 - declared names
            if step.movement is not None:
                rows = _changes_sql(step.table, step.movement, columns)
            session.execute(f"insert into warehouse.{STAGE}.{_short(step.table)} ({columns}, {_GONE}) {rows}")
        session.commit()
    finally:
        session.execute("detach warehouse")


def _changes_sql(table: Copied, movement: Movement, columns: str) -> str:
    """Rows that came, and the keys of rows that went and have no successor."""
    came, went = (_rows_of(files, table) for files in (movement.added, movement.removed))
    key = ", ".join(table.key)
    kept = ", ".join(name if name in table.key else f"null as {name}" for name in columns.split(", "))
    return f"""
with came as (select {columns} from {came}), went as (select {columns} from {went})
select {columns}, false as {_GONE} from (select * from came except select * from went)
union all
select {kept}, true as {_GONE} from (select {key} from went except select {key} from came)
"""  # noqa: S608 - declared names


def _rows_of(files: Sequence[str], table: Copied) -> str:
    if files:
        return f"read_parquet({list(files)!r}, hive_partitioning = false)"
    return f"(select {', '.join(f'null::{column.sql_type} as {column.name}' for column in table.stored)} where false)"


def _exchange(connection: Connection, table: Copied, snapshot: int) -> None:
    """Rows by key: who reads the table sees all of it, before or after."""
    current, stage = sql.Identifier(SCHEMA, _short(table)), sql.Identifier(STAGE, _short(table))
    same = sql.SQL(" and ").join(
        sql.SQL("held.{key} = staged.{key}").format(key=sql.Identifier(key)) for key in table.key
    )
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.stored)
    connection.execute(sql.SQL("analyze {}").format(stage))
    connection.execute(sql.SQL("delete from {} held using {} staged where {}").format(current, stage, same))
    connection.execute(
        sql.SQL("insert into {} ({columns}) select {columns} from {} where not {}").format(
            current, stage, sql.Identifier(_GONE), columns=columns
        )
    )
    connection.execute(sql.SQL("drop table {}").format(stage))
    _sign(connection, table, snapshot)


def _sign(connection: Connection, table: Copied, snapshot: int) -> None:
    comment = sql.Literal(f"{table.description} Silver's {_SNAPSHOT}{snapshot}")
    connection.execute(sql.SQL("comment on table {} is {}").format(sql.Identifier(SCHEMA, _short(table)), comment))


def _swap(connection: Connection, table: Copied, snapshot: int) -> None:
    name = _short(table)
    current, following = sql.Identifier(SCHEMA, name), sql.Identifier(STAGE, name)
    connection.execute(sql.SQL("drop table if exists {} cascade").format(current))
    connection.execute(sql.SQL("alter table {} drop column {}").format(following, sql.Identifier(_GONE)))
    connection.execute(sql.SQL("alter table {} set schema {}").format(following, sql.Identifier(SCHEMA)))
    keys = sql.SQL(", ").join(sql.Identifier(key) for key in table.key)
    connection.execute(sql.SQL("alter table {} add primary key ({})").format(current, keys))
    _sign(connection, table, snapshot)
    connection.execute(sql.SQL("analyze {}").format(current))


def _short(table: Copied) -> str:
    return table.name.removeprefix("silver.")


def postgres_type(column: SilverColumn) -> str:
    """A silver column's type in the warehouse."""
    return f"numeric({column.precision},{column.scale})" if column.kind == "decimal" else _TYPES[column.kind]
