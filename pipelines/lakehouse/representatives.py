"""Few rows that keep exactly the expectations that a whole table keeps, so that no table has to fit into memory.

Of each column: null if it occurs, that a value occurs, its smallest and largest value where a range is declared, and its
distinct values where they are few by declaration; of the key: one pair if any value occurs twice. DuckDB finds them in one pass over the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]

# The first row of a query, in what DuckDB and PostgreSQL share.
Ask = Callable[[str], Sequence[Any] | None]

# Of a column with declared values; one more than are declared already breaks the expectation.
_MOST_VALUES = 200


@dataclass(frozen=True)
class Read:
    """What is asked of columns: their extremes, their values, or only whether they are there."""

    ranges: Collection[str]
    sets: Collection[str]
    present: Collection[str]


def key_name(key: Sequence[str]) -> str:
    """The column of the representatives that stands for the whole key."""
    return f"key({', '.join(key)})"


def representatives(ask: Ask, name: str, key: Sequence[str], read: Read, *, is_keyed: bool) -> DataFrame:
    """The rows that stand for a table, none for an empty one; `is_keyed` says that its engine enforces the key."""
    import pandas as pd  # noqa: PLC0415 - a second, and only checks need it

    columns = sorted({*read.ranges, *read.sets, *read.present})
    parts = ["count(*)"]
    for column in columns:
        extremes = (
            [f"min({column})", f"max({column})"]
            if column in read.ranges
            else [f"max(case when {column} is not null then 1 end)", "null"]
        )
        some = f"(select array_agg(v) from (select distinct {column} as v from {name} limit {_MOST_VALUES}) as s)"  # noqa: S608 - declared names
        parts += [f"count({column})", *extremes, some if column in read.sets else "null"]
    total, *told = ask(f"select {', '.join(parts)} from {name}") or (0,)  # noqa: S608 - declared names
    found = {column: _values(total, *told[4 * place : 4 * place + 4]) for place, column in enumerate(columns)}
    height = min(total, max(map(len, found.values()), default=1))
    if not is_keyed and _has_twins(ask, name, key):
        height = max(height, 2)
        numbers = [0, *range(height - 1)]
    else:
        numbers = list(range(height))
    padded = {
        column: (values * height)[:height] if len(values) < height else values for column, values in found.items()
    }
    return pd.DataFrame({key_name(key): numbers, **{name: pd.Series(padded[name], dtype=object) for name in padded}})


def _has_twins(ask: Ask, name: str, key: Sequence[str]) -> bool:
    names = ", ".join(key)
    twins = f"select 1 from {name} group by {names} having count(*) > 1 limit 1"  # noqa: S608 - declared names
    return ask(twins) is not None


def _values(total: int, present: int, least: object, most: object, distinct: list[object] | None) -> list[object]:
    # In an order of their own: the same rows have the same representatives in every engine.
    extremes = (least,) if least == most else (least, most)
    found = sorted(distinct, key=str) if distinct is not None else extremes
    values = [value for value in found if value is not None]
    plain: list[object] = [float(value) if isinstance(value, Decimal) else value for value in values]
    return plain + [None] * (present < total)
