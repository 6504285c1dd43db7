"""Rows as arrays: a table is a dictionary of equally long numpy columns.

Money is int64 in hundredths, a time is int64 microseconds since 1970 UTC (`NEVER` for none), an optional value is an
object array with None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Columns = dict[str, Array]

NEVER = np.iinfo(np.int64).min
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def height(columns: Columns) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values()))) if columns else 0


def take(columns: Columns, rows: Array) -> Columns:
    """The rows at these positions, or where this mask holds."""
    return {name: values[rows] for name, values in columns.items()}


def stack(parts: Sequence[Columns]) -> Columns:
    """The rows of all parts, one after the other; every part has the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def sort_by(columns: Columns, name: str) -> Columns:
    """The rows in the order of one column; equals keep their order."""
    return take(columns, np.argsort(columns[name], kind="stable"))


def full(count: int, value: object) -> Array:
    """A column of one value."""
    return np.full(count, value, dtype=object)


def named(prefix: str, numbers: Integers, width: int = 7) -> Array:
    """Identifiers such as `tx7-0000012`."""
    return np.array([f"{prefix}-{number:0{width}d}" for number in numbers.tolist()], dtype=object)


def where(mask: Flags, chosen: Array, otherwise: Array | object = None) -> Array:
    """Element by element one or the other, as objects, so that None may stand in it."""
    result = np.empty(len(mask), dtype=object)
    result[:] = otherwise
    result[mask] = np.broadcast_to(np.asarray(chosen, dtype=object), mask.shape)[mask]
    return result


def choose_rows(rng: np.random.Generator, rows: Integers, share: float) -> Integers:
    """A random part of these rows, each taken with the same chance."""
    chosen: Integers = rows[rng.random(len(rows)) < share]
    return chosen
