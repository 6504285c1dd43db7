"""Drift at the source: PostgreSQL's own catalog against the declaration, before any changed row is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import psycopg

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from contracts.tables import Column, Table
from pipelines.lakehouse.columns import Kind, declared_columns
from pipelines.lakehouse.drift.findings import Change, Drift

# The catalog's names in place of those that declarations use.
_NAMES = (
    (re.compile(r"^character varying(?=\(|$)"), "varchar"),
    (re.compile(r"^character(?=\()"), "char"),
    (re.compile(r"^timestamp with time zone$"), "timestamptz"),
    (re.compile(r"^varchar$"), "text"),
)
# Kinds whose texts also fit the declared kind, value by value.
_FITTING: dict[Kind, frozenset[Kind]] = {
    "decimal": frozenset({"integer"}),
    "integer": frozenset({"decimal"}),
    "number": frozenset({"integer", "decimal"}),
    "text": frozenset({"json", "integer"}),
}

# Type by column, in the table's order.
Types = Mapping[str, str]


def source_drift(settings: Settings, tables: Iterable[Table]) -> tuple[Drift, ...]:
    """How the operational tables differ from their declarations; not that a column may be null, which rows show."""
    wanted = {(table.schema_name, table.name): table for table in tables}
    found: dict[tuple[str, str], dict[str, str]] = {place: {} for place in wanted}
    with psycopg.connect(settings.database_url("operations")) as connection:
        rows = connection.execute(
            """
            select nspname, relname, attname, format_type(atttypid, atttypmod)
            from pg_attribute join pg_class on pg_class.oid = attrelid join pg_namespace on pg_namespace.oid = relnamespace
            where nspname = any(%s) and relname = any(%s) and attnum > 0 and not attisdropped
            order by attrelid, attnum
            """,
            [[schema for schema, _ in wanted], [name for _, name in wanted]],
        )
        for schema, name, column, written in rows:
            if (schema, name) in found:
                found[schema, name][column] = declared_name(written)
    return tuple(drift for place, table in wanted.items() for drift in table_drift(table, found[place]))


def table_drift(table: Table, types: Types) -> Iterator[Drift]:
    """How a table with these columns differs from its declaration."""
    declared = {column.name: column for column in table.columns}
    undeclared = tuple(name for name in types if name not in declared)
    for name, column in declared.items():
        if name not in types:
            yield Drift(table, name, "gone", undeclared=undeclared)
        elif types[name] != column.type and (change := _change(column, types[name])):
            yield Drift(table, name, change, found=types[name])
    for name in undeclared:
        yield Drift(table, name, "added", found=types[name])


def declared_name(written: str) -> str:
    """A type of PostgreSQL's catalog as declarations write it."""
    for pattern, name in _NAMES:
        written = pattern.sub(name, written)
    return written


def _change(column: Column, found: str) -> Change | None:
    declared = _kind(column)
    there = _kind(column.model_copy(update={"type": found}))
    if there is None or declared is None:
        return "incompatible"
    return "retyped" if there == declared or there in _FITTING.get(declared, ()) else "incompatible"


def _kind(column: Column) -> Kind | None:
    try:
        (silver,) = declared_columns([column])
    except ConfigurationError:
        return None
    return silver.kind
