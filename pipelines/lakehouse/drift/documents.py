"""Drift in what Debezium sends: the newest document shows which columns its table had at that point of the log.

Documents carry every column of their row, null or not, so that one of them is enough (docs/decisions/0021).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pipelines.lakehouse.columns import SilverColumn

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Increment, Lake
    from pipelines.lakehouse.specification import Silver

# Recorded with a silver snapshot: the columns of the newest document that it was made from, declared or not.
SHAPE = "atalaya.document-columns"

Shape = frozenset[str]


def newest_shape(lake: Lake) -> Shape | None:
    """The columns in the newest document of the session's `typed`; None when it has none that shows a row."""
    return _shape(
        lake,
        "select _value from typed where not _deleted and _row_lsn is not null order by _row_lsn desc, _row_offset desc",
    )


def unread_shape(lake: Lake, table: Silver, increment: Increment) -> Shape | None:
    """Likewise of bronze files that silver has not read yet."""
    if not increment.files:
        return None
    (topic,) = table.topics
    records = f"read_parquet({list(increment.files)!r}, hive_partitioning = false)"
    return _shape(
        lake,
        f"select value as _value from {records} where topic = '{topic}' and json_valid(value)"  # noqa: S608 - declared
        """ and json_type(value, '$.after') = 'OBJECT' order by "offset" desc""",
    )


def gone_columns(lake: Lake, table: Silver, recorded: Mapping[str, str], shape: Shape | None) -> tuple[str, ...]:
    """Declared columns that the newest document of `typed` no longer has.

    One that no document ever had is not gone: it was declared before the first change that carries it. A required one
    without a default is, or every row would be refused.
    """
    lacking = lacking_columns(table, shape)
    known = recorded_shape(table, recorded)
    return tuple(column.name for column in lacking if is_needed(column) or column.name in known or _seen(lake, column))


def lacking_columns(table: Silver, shape: Shape | None) -> tuple[SilverColumn, ...]:
    """Declared columns outside a shape; none when nothing is known."""
    return () if shape is None else tuple(column for column in table.columns if column.name not in shape)


def is_needed(column: SilverColumn) -> bool:
    """Whether no row fits without the column."""
    return column.required and column.default is None


def recorded_shape(table: Silver, recorded: Mapping[str, str]) -> Collection[str]:
    """The columns that the last read documents had; all declared ones for a snapshot that does not tell."""
    if not recorded:
        return frozenset()
    if SHAPE not in recorded:
        return frozenset(column.name for column in table.columns)
    return frozenset(json.loads(recorded[SHAPE]))


def shape_properties(recorded: Mapping[str, str], shape: Shape | None) -> dict[str, str]:
    """What to record: the new shape, or the one that was known when no document shows a row."""
    if shape is not None:
        return {SHAPE: json.dumps(sorted(shape))}
    return {SHAPE: recorded[SHAPE]} if SHAPE in recorded else {}


def _seen(lake: Lake, column: SilverColumn) -> bool:
    return lake.count("select count(*) from typed where json_exists(_value, ?)", [f"$.after.{column.name}"]) > 0


def _shape(lake: Lake, newest_first: str) -> Shape | None:
    row = lake.session.execute(f"select json_keys(_value, '$.after') from ({newest_first} limit 1)").fetchone()  # noqa: S608 - as above
    return frozenset(row[0]) if row and row[0] is not None else None
