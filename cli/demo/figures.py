"""Figures with their provenance: every number comes from a query that is kept beside it, and can be asked again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from cli.flow.engines import Engine, Rows
from contracts.errors import PermanentError

Value = str | int | float | bool | None
Row = dict[str, Value]


class Asker(Protocol):
    """Runs a query on one engine and gives its rows."""

    def __call__(self, engine: Engine, sql: str) -> Rows:
        """Run `sql` on `engine`."""


@dataclass
class Figures:
    """The figures of one run: `values` as the demo prints them, `queries` to ask each of them again."""

    ask: Asker
    values: dict[str, Any] = field(default_factory=dict)
    queries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def one(self, name: str, engine: Engine, sql: str) -> Value:
        """A figure that is one value; `name` is its path in the result, parts divided by `/`.

        Raises PermanentError when the query does not give exactly one row of one column.
        """
        rows = self.ask(engine, sql)
        if len(rows) != 1 or len(rows[0]) != 1:
            raise PermanentError(f"The query of {name} gave {len(rows)} rows where one value was expected.")
        value = _plain(rows[0][0])
        self._keep(name, engine, sql, value)
        return value

    def row(self, name: str, engine: Engine, sql: str, columns: tuple[str, ...]) -> Row:
        """A figure that is one row, named by `columns`."""
        rows = self.ask(engine, sql)
        if len(rows) != 1:
            raise PermanentError(f"The query of {name} gave {len(rows)} rows where one was expected.")
        value = dict(zip(columns, map(_plain, rows[0]), strict=True))
        self._keep(name, engine, sql, value)
        return value

    def table(self, name: str, engine: Engine, sql: str, columns: tuple[str, ...]) -> list[Row]:
        """A figure that is a list of rows."""
        rows = self.ask(engine, sql)
        value = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
        self._keep(name, engine, sql, value)
        return value

    def measured(self, name: str, value: Value | dict[str, float]) -> None:
        """A figure that no database holds: seconds on the clock, memory of the processes."""
        _place(self.values, name, value)

    def _keep(self, name: str, engine: Engine, sql: str, value: Value | Row | list[Row]) -> None:
        self.queries[name] = {"engine": engine, "sql": sql, "value": value}
        _place(self.values, name, value)


def _place(values: dict[str, Any], name: str, value: object) -> None:
    *parents, last = name.split("/")
    for parent in parents:
        values = values.setdefault(parent, {})
    values[last] = value


def _plain(value: object) -> Value:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return round(value, 6)
    return value if value is None or isinstance(value, bool | int | str) else str(value)
