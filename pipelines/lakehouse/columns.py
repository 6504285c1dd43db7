"""Silver's columns, derived from what contracts declare: one shape for rows of tables and for data of events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IcebergType,
    LongType,
    StringType,
    TimestamptzType,
)

from contracts.errors import ConfigurationError
from contracts.events import event_schema
from contracts.tables import Column, Table

Kind = Literal["text", "integer", "number", "decimal", "boolean", "timestamp", "date", "day_number", "json"]

_DECIMAL = re.compile(r"^numeric\((\d+),(\d+)\)$")
_LITERAL = re.compile(r"^(?:'(?P<text>(?:[^']|'')*)'|(?P<plain>-?\d+(?:\.\d+)?|true|false))$")
_TEXT = re.compile(r"^(text|uuid|char\(\d+\)|varchar\(\d+\))$")
# How Debezium writes the other types of PostgreSQL: a date is the number of days since 1970.
_KINDS: dict[str, Kind] = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "boolean": "boolean",
    "double precision": "number",
    "timestamptz": "timestamp",
    "date": "day_number",
    "jsonb": "json",
}
_SQL_TYPES: dict[Kind, str] = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "timestamp": "timestamptz",
    "date": "date",
    "day_number": "date",
    "json": "varchar",
}
_ICEBERG_TYPES: dict[Kind, IcebergType] = {
    "text": StringType(),
    "integer": LongType(),
    "number": DoubleType(),
    "boolean": BooleanType(),
    "timestamp": TimestamptzType(),
    "date": DateType(),
    "day_number": DateType(),
    "json": StringType(),
}


@dataclass(frozen=True)
class SilverColumn:
    """One column: `path` is where its text stands in the document, `tokenised` says that only a token is kept.

    `default` is the text that rows have which are older than their required column, as PostgreSQL gives it to them.
    """

    name: str
    kind: Kind
    description: str
    path: tuple[str, ...] = ()
    required: bool = True
    values: tuple[str, ...] = ()
    tokenised: bool = False
    precision: int = 0
    scale: int = 0
    minimum: int | None = None
    default: str | None = None

    @property
    def sql_type(self) -> str:
        """Its type in DuckDB's SQL."""
        return f"decimal({self.precision},{self.scale})" if self.kind == "decimal" else _SQL_TYPES[self.kind]

    @property
    def iceberg_type(self) -> IcebergType:
        """Its type in the lakehouse; integers are all 64 bits wide, so that widening upstream changes nothing."""
        return DecimalType(self.precision, self.scale) if self.kind == "decimal" else _ICEBERG_TYPES[self.kind]


def table_columns(table: Table) -> tuple[SilverColumn, ...]:
    """The declared columns of an operational table, in order."""
    return declared_columns(table.columns)


def declared_columns(columns: Iterable[Column]) -> tuple[SilverColumn, ...]:
    """Columns that are declared as PostgreSQL has them, in order."""
    return tuple(_table_column(column) for column in columns)


def event_columns(event_type: str) -> tuple[SilverColumn, ...]:
    """The fields of an event type's data, in order."""
    schema = event_schema(event_type).schema
    return tuple(
        _event_column(name, spec, required=name in schema["required"]) for name, spec in schema["properties"].items()
    )


def _table_column(column: Column) -> SilverColumn:
    decimal = _DECIMAL.match(column.type)
    kind: Kind | None = "decimal" if decimal else "text" if _TEXT.match(column.type) else _KINDS.get(column.type)
    if kind is None:
        raise ConfigurationError(f"Silver has no type for {column.type!r} of column {column.name!r}.")
    return SilverColumn(
        name=column.name,
        kind=kind,
        description=column.description,
        path=("after", column.name),
        required=not column.optional,
        values=column.values,
        tokenised=column.tag == "direct_identifier",
        precision=int(decimal[1]) if decimal else 0,
        scale=int(decimal[2]) if decimal else 0,
        default=None if column.optional else _literal(column.default),
    )


def _literal(default: str | None) -> str | None:
    """A declared default as the document's text would be; None for none, and for an expression such as `now()`."""
    found = _LITERAL.match(default or "")
    return (found["text"] or found["plain"] or "").replace("''", "'") if found else None


def _event_column(name: str, spec: dict[str, Any], *, required: bool) -> SilverColumn:
    types = spec.get("type", "string")
    types = types if isinstance(types, list) else [types]
    return SilverColumn(
        name=name,
        kind=_event_kind(types, spec),
        description=spec.get("description", name.replace("_", " ").capitalize()),
        path=("data", name),
        required=required and "null" not in types,
        values=tuple(spec.get("enum", ())),
        minimum=spec.get("minimum"),
    )


def _event_kind(types: list[str], spec: dict[str, Any]) -> Kind:
    if spec.get("format") == "date-time":
        return "timestamp"
    known: dict[str, Kind] = {"integer": "integer", "number": "number", "boolean": "boolean"}
    if {"object", "array"} & set(types):
        return "json"
    return next((known[name] for name in types if name in known), "text")
