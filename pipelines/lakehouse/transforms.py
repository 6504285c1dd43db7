"""Silver's transforms as SQL: written once, in what DuckDB's and Spark's dialects share.

Relations: `documents` (value, topic, partition, offset, arrived_at, and `raw`: the document parsed into texts) and
`current` (the table as it stands). Three functions come from the engine: `tokenise(text)`, `at_microseconds(bigint)`
and `at_days(bigint)` (docs/decisions/0006). Both statements only read; committing is the refresh's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.specification import Silver

# What Debezium writes for a large value that PostgreSQL did not send again.
_UNAVAILABLE = "__debezium_unavailable_value"
_OPERATIONS = ("c", "u", "d", "r")
# Exact for every money and rate that the platform declares; a cast straight to the column's type would round in silence.
_WIDE = "decimal(38,12)"
# For quantities of 18 digits. Wider numbers than it holds are only ever written plainly.
_FINE = "decimal(38,24)"
_MONEY_SCALE = 8
# How an object's text begins: engines differ over documents that are valid and none.
OBJECT = "^[ \t\r\n]*[{]"
# The years 1 to 9999, in microseconds and in days: what `at_microseconds` and `at_days` take; the rest is null.
MICROSECONDS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
DAYS = (-719_162, 2_932_896)


def document_structure(table: Silver) -> str:
    """The parts of a document that the table needs, as the structure that `from_json` takes: all of them texts."""
    fields = [column for column in table.stored if column.path]
    structure: dict[str, object] = {}
    for column in fields:
        _place(structure, column.path)
    if table.is_change:
        for name in table.key:
            _place(structure, ("before", name))
        _place(structure, ("source", "snapshot"))
    return json.dumps(structure)


def typed_sql(table: Silver) -> str:
    """Every version with its types, `_deleted`, `_snapshot_lsn` and the first `_fault` ('field: reason'), if any."""
    columns = [column for column in table.stored if column.path]
    texts = ", ".join(f"{_text(table, column)} as t_{column.name}" for column in columns)
    typed = ", ".join(f"{_typed(column)} as {column.name}" for column in columns)
    merged = "".join(f"{initial} as {name}, " for name, initial, _ in table.merged)
    names = ", ".join(column.name for column in columns)
    faults = ", ".join(_faults(table, columns))
    keys = ", ".join(f"coalesce(t_{name}, '')" for name in table.key)
    return f"""
with texts as (
    select value as _value, {texts},
        {_is_deleted(table)} as _deleted, {_snapshot_end(table)} as _ends_snapshot, raw is null as _unreadable,
        topic as _row_topic, cast(partition as bigint) as _row_partition, cast("offset" as bigint) as _row_offset,
        arrived_at as _row_arrived_at
    from documents
),
typed as (
    select texts.*, {typed} from texts
)
select {names}, {merged}_row_topic, _row_partition, _row_offset, _row_arrived_at, _deleted,
    case when _ends_snapshot then {"_row_lsn" if table.is_change else "0"} end as _snapshot_lsn,
    coalesce({faults}) as _fault, concat_ws('|', {keys}) as _key, _value
from typed
"""  # noqa: S608 - names come from contracts


def merge_sql(table: Silver) -> str:
    """The table after `typed`: the winning version of each key.

    Deleted keys are left out, and those that a whole snapshot of the source, taken later, no longer held. One whose row
    in the snapshot does not fit is still there: it keeps its last fitting version.
    """
    aggregates = {
        name: f"{aggregate} over (partition by {', '.join(table.key)})" for name, _, aggregate in table.merged
    }
    names = [column.name for column in table.stored]
    ranked = ", ".join(f"{aggregates[name]} as {name}" if name in aggregates else name for name in names)
    plain = ", ".join(names)
    key = ", ".join(table.key)
    bounds, kept = _bounds(table) if table.is_change else ("", "")
    return f"""
with versions as (
    select {plain}, _deleted from typed where _fault is null
    union all
    select {plain}, false as _deleted from current_rows
),
ranked as (
    select {ranked}, _deleted, row_number() over (partition by {key} order by {table.latest}) as _rank from versions
){bounds}
select {", ".join(f"ranked.{name} as {name}" for name in names)} from ranked {kept}
where _rank = 1 and not _deleted{" and _row_lsn >= coalesce(_bound, _latest)" if table.is_change else ""}
order by {", ".join(f"ranked.{name}" for name in table.key)}
"""  # noqa: S608 - names come from contracts


def _bounds(table: Silver) -> tuple[str, str]:
    """Relations that tell how old a key's winner may be, and the joins to them.

    It may not be older than the latest snapshot, except by those in which the key's row is there and does not fit.
    """
    key, told = ", ".join(table.key), ", ".join(f"told.{name} as {name}" for name in table.key)
    relations = f""",
snapshots as (
    select distinct _snapshot_lsn as _ends_lsn from typed where _snapshot_lsn > 0
),
latest as (
    select coalesce(max(_ends_lsn), 0) as _latest from snapshots
),
misfits as (
    select distinct {key}, _row_lsn as _misfit_lsn from typed where _fault is not null and _row_op = 'r'
),
bounds as (
    select {told}, max(case when _misfit_lsn is null then _ends_lsn else 0 end) as _bound
    from (select distinct {key} from misfits) as told cross join snapshots
    left join misfits on {_equal_keys(table, "told", "misfits")} and _misfit_lsn = _ends_lsn
    group by {", ".join(f"told.{name}" for name in table.key)}
)"""  # noqa: S608 - as above
    return relations, f"cross join latest left join bounds on {_equal_keys(table, 'ranked', 'bounds')}"


def _equal_keys(table: Silver, one: str, other: str) -> str:
    return " and ".join(f"{one}.{name} = {other}.{name}" for name in table.key)


def _text(table: Silver, column: SilverColumn) -> str:
    path = f"raw.{'.'.join(column.path)}"
    if table.is_change and column.name in table.key:
        return f"coalesce({path}, raw.before.{column.name})"
    return path if column.default is None else f"coalesce({path}, {_quoted(column.default)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_deleted(table: Silver) -> str:
    return "coalesce(raw.op = 'd', false)" if table.is_change else "false"


def _snapshot_end(table: Silver) -> str:
    """The row that closes a snapshot of its table."""
    if not table.is_change:
        return "false"
    return "coalesce(raw.op = 'r' and raw.source.snapshot in ('last', 'last_in_data_collection'), false)"


def _typed(column: SilverColumn) -> str:
    text = f"t_{column.name}"
    if column.tokenised:
        return f"tokenise({text})"
    if column.name == "_row_changed_at":
        return f"at_microseconds(try_cast({text} as bigint))"
    if column.kind == "day_number":
        return f"at_days(try_cast({text} as bigint))"
    return text if column.kind in {"text", "json"} else f"try_cast({text} as {column.sql_type})"


def _faults(table: Silver, columns: list[SilverColumn]) -> Iterator[str]:
    """One expression for each thing that can be wrong; the first that is not null is told."""
    yield "case when _unreadable then 'document: is no JSON object' end"
    if table.is_change:
        yield f"case when t__row_op is null or t__row_op not in {_OPERATIONS} then 'op: is no known operation' end"
    else:
        types = ", ".join(f"'{name}'" for name in table.event_types)
        yield f"case when t_event_type is null or t_event_type not in ({types}) then 'type: is not expected on its topic' end"
    for column in columns:
        yield from _column_faults(table, column)


def _column_faults(table: Silver, column: SilverColumn) -> Iterator[str]:
    text, field = f"t_{column.name}", ".".join(column.path[1:] if table.is_change else column.path)
    if column.name in table.key:
        yield f"case when {text} is null then '{field}: is missing' end"
    elif column.required:
        yield f"case when {text} is null and not _deleted then '{field}: is missing' end"
    if column.kind in {"text", "json"}:
        yield f"case when {text} = '{_UNAVAILABLE}' then '{field}: was not sent' end"
    elif column.kind in {"decimal", "integer"}:
        # A wide decimal costs DuckDB nine microseconds: only texts that are not written as the column would be need it.
        plain = f"{text} is null or cast({column.name} as varchar(40)) = {text}"
        wide = _WIDE if column.scale <= _MONEY_SCALE else _FINE
        exact, kept = f"try_cast({text} as {wide})", f"try_cast({column.name} as {wide})"
        differs = f"{exact} is null or {kept} is null or {exact} <> {kept}"
        yield f"case when {plain} then null when {differs} then '{field}: is no {column.sql_type}' end"
    else:
        yield f"case when {text} is not null and {column.name} is null then '{field}: is no {column.sql_type}' end"


def _place(structure: dict[str, object], path: tuple[str, ...]) -> None:
    *parents, leaf = path
    for parent in parents:
        child = structure.setdefault(parent, {})
        assert isinstance(child, dict)  # noqa: S101 - no declared field is also an object's name
        structure = child
    structure[leaf] = "VARCHAR"
