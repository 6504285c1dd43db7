"""Silver into PostgreSQL: DuckDB writes each changed table beside the old one, then all of them change places at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from contracts import money
from contracts.errors import NotFoundError
from contracts.remittances import load_remittance_policy
from contracts.settings import Settings
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.columns import Kind, SilverColumn
from pipelines.lakehouse.databases import attach_database
from pipelines.lakehouse.specification import Silver

if TYPE_CHECKING:
    Connection = psycopg.Connection[tuple[object, ...]]

_log = logging.getLogger(__name__)

SCHEMA = "lake_silver"
# The next versions; never what a view stands on.
_STAGE = "lake_silver_next"
_SNAPSHOT = "snapshot "

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


@dataclass(frozen=True)
class Loaded:
    """One table in the warehouse: the silver snapshot that it shows, and whether this run brought it."""

    name: str
    rows: int
    snapshot_id: int
    changed: bool


def load_tables(lake: Lake, settings: Settings, tables: Iterable[Silver]) -> tuple[Loaded, ...]:
    """Bring the tables of `lake_silver` to silver's current snapshots, in one transaction.

    A table whose snapshot is already there is left alone, and dbt's views on it with it. Views on a changed table go
    with the old one; dbt makes them again. Raises NotFoundError for a table that silver does not have.
    """
    wanted = [(table, _snapshot_of(lake, table)) for table in tables]
    with psycopg.connect(settings.database_url("warehouse"), autocommit=True) as connection:
        present = _prepare(connection)
        changed = [(table, snapshot) for table, snapshot in wanted if present.get(_short(table)) != snapshot]
        for table, _ in changed:
            connection.execute(_create(table))
        _copy(lake, settings, [table for table, _ in changed])
        with connection.transaction():
            for table, snapshot in changed:
                _swap(connection, table, snapshot)
        names = {_short(table) for table, _ in changed}
        return tuple(
            Loaded(_short(table), _rows(connection, table), snapshot, _short(table) in names)
            for table, snapshot in wanted
        )


def load_rates(settings: Settings) -> int:
    """Replace `lake_silver.rates` by the declared reference rates; how many there are."""
    rates = [(rate.rate_id, rate.currency, rate.valid_from, rate.usd_per_unit) for rate in money.load_rates()]
    columns = (
        "rate_id text primary key, currency text not null, valid_from date not null, usd_per_unit numeric not null"
    )
    return _replace(settings, "rates", columns, rates)


def load_remittance_limits(settings: Settings) -> int:
    """Replace `lake_silver.remittance_limits` by the declared limits of the tiers, in US dollars; how many there are."""
    limits = [(one.tier, one.monthly_usd, one.daily_usd) for one in load_remittance_policy().tiers]
    columns = "tier integer primary key, monthly_usd bigint, daily_usd bigint"
    return _replace(settings, "remittance_limits", columns, limits)


def _replace(settings: Settings, name: str, columns: LiteralString, rows: Sequence[tuple[object, ...]]) -> int:
    """Put what contracts declare in place of what was declared before; dbt's views on it stay."""
    table = sql.Identifier(SCHEMA, name)
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        _prepare(connection)
        connection.execute(sql.SQL("create table if not exists {} ({})").format(table, sql.SQL(columns)))
        connection.execute(sql.SQL("delete from {}").format(table))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(rows[0]))
        connection.cursor().executemany(sql.SQL("insert into {} values ({})").format(table, places), rows)
    return len(rows)


def _snapshot_of(lake: Lake, table: Silver) -> int:
    head = lake.head(table.name)
    if head is None:
        raise NotFoundError(f"The lakehouse has no {table.name}.", hint="Materialise silver first.")
    return head.snapshot_id


def _prepare(connection: Connection) -> dict[str, int]:
    """Make the schemas; the snapshots that the present tables show, as their comments tell."""
    connection.execute("set client_min_messages = warning")
    for schema in (SCHEMA, _STAGE):
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
    rows = connection.execute(
        "select relname, obj_description(oid, 'pg_class') from pg_class"
        " where relnamespace = %s::regnamespace and relkind = 'r'",
        [SCHEMA],
    )
    told = {str(name): str(comment).rpartition(_SNAPSHOT)[2] for name, comment in rows}
    return {name: int(snapshot) for name, snapshot in told.items() if snapshot.isdigit()}


def _create(table: Silver) -> sql.Composed:
    columns = [sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(_type(column))) for column in table.stored]
    name = sql.Identifier(_STAGE, _short(table))
    return sql.SQL("drop table if exists {name}; create table {name} ({columns})").format(
        name=name, columns=sql.SQL(", ").join(columns)
    )


def _copy(lake: Lake, settings: Settings, tables: list[Silver]) -> None:
    if not tables:
        return
    session = lake.session
    attach_database(session, settings, "warehouse", f"schema '{_STAGE}'")
    lake.attach(*(table.name for table in tables))
    try:
        session.begin()
        for table in tables:
            columns = ", ".join(column.name for column in table.stored)
            session.execute(
                f"insert into warehouse.{_STAGE}.{_short(table)} ({columns}) select {columns} from {table.name}"  # noqa: S608 - declared names
            )
        session.commit()
    finally:
        session.execute("detach warehouse")


def _swap(connection: Connection, table: Silver, snapshot: int) -> None:
    name = _short(table)
    current, following = sql.Identifier(SCHEMA, name), sql.Identifier(_STAGE, name)
    connection.execute(sql.SQL("drop table if exists {} cascade").format(current))
    connection.execute(sql.SQL("alter table {} set schema {}").format(following, sql.Identifier(SCHEMA)))
    keys = sql.SQL(", ").join(sql.Identifier(key) for key in table.key)
    connection.execute(sql.SQL("alter table {} add primary key ({})").format(current, keys))
    comment = sql.Literal(f"{table.description} Silver's {_SNAPSHOT}{snapshot}")
    connection.execute(sql.SQL("comment on table {} is {}").format(current, comment))
    connection.execute(sql.SQL("analyze {}").format(current))


def _rows(connection: Connection, table: Silver) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(SCHEMA, _short(table)))
    row = connection.execute(query).fetchone()
    return int(str(row[0])) if row else 0


def _short(table: Silver) -> str:
    return table.name.removeprefix("silver.")


def _type(column: SilverColumn) -> str:
    return f"numeric({column.precision},{column.scale})" if column.kind == "decimal" else _TYPES[column.kind]
