"""The statement that makes a table's history: every version that its source committed, with the interval it held.

The same relations as for current state (pipelines/lakehouse/transforms.py), in what DuckDB and Spark share. Versions that
are closed are final: a change that lies before them makes the refresh start again from all of bronze, so only open
versions and what is new are computed (docs/decisions/0014).
"""

from __future__ import annotations

from pipelines.lakehouse.specification import VALIDITY, Silver

# Of one log position: what a snapshot did not hold ends first, then its rows, then the change that the position names.
_RANK = "case when _row_op = 'r' then 1 else 2 end"
_VALIDITY = {column.name for column in VALIDITY}


def history_sql(table: Silver) -> str:
    """The table after `typed`: closed versions as they are, and for each key in play its versions in log order.

    A version holds from its commit, or from its predecessor's where the clock went back, to the next version's start.
    """
    versions = [column.name for column in table.stored if column.name not in _VALIDITY]
    plain, stored = ", ".join(versions), ", ".join(column.name for column in table.stored)
    key = ", ".join(table.key)
    order = "_row_lsn, _rank, _row_offset"
    starts = f"max(_at) over (partition by {key} order by {order} rows between unbounded preceding and current row)"
    return f"""
with events as (
    select {plain}, _deleted, {_RANK} as _rank, _row_changed_at as _at from typed where _fault is null
    union all
    select {plain}, false as _deleted, {_RANK} as _rank, valid_from as _at from current_rows where is_current
),
snapshots as (
    select _row_lsn as _ends_lsn, min(_row_changed_at) as _ends_at from typed where _snapshot_lsn > 0 group by _row_lsn
),
misfits as (
    select distinct {key}, _row_lsn as _misfit_lsn from typed where _fault is not null and _row_op = 'r'
),
absences as (
    select {", ".join(f"events.{name} as {name}" for name in table.key)}, _ends_lsn, min(_ends_at) as _ends_at
    from events inner join snapshots on events._row_lsn <= snapshots._ends_lsn
    left join misfits on {" and ".join(f"events.{name} = misfits.{name}" for name in table.key)} and _misfit_lsn = _ends_lsn
    group by {", ".join(f"events.{name}" for name in table.key)}, _ends_lsn
    having max(case when (_row_lsn = _ends_lsn and _rank = 1) or _misfit_lsn is not null then 1 else 0 end) = 0
),
complete as (
    select {plain}, _deleted, _rank, _at from events
    union all
    select {_absence(table, versions)}, true as _deleted, 0 as _rank, _ends_at as _at from absences
),
compared as (
    select complete.*, {_repeats(table)} as _repeats, {_is_idle(table)} as _is_idle from complete
),
timed as (
    select compared.*, {starts} as _starts from compared where not _repeats and not _is_idle
),
floors as (
    select {key}, max(valid_to) as _floor from current_rows where not is_current group by {key}
),
bounded as (
    select timed.*, case when _floor > _starts then _floor else _starts end as _from
    from timed left join floors on {" and ".join(f"timed.{name} = floors.{name}" for name in table.key)}
),
closed as (
    select bounded.*, lead(_from) over (partition by {", ".join(f"bounded.{name}" for name in table.key)} order by {order}) as _to
    from bounded
)
select {stored} from current_rows where not is_current
union all
select {", ".join(_stored(column.name) for column in table.stored)} from closed where not _deleted
order by {key}, _row_lsn
"""  # noqa: S608 - names come from contracts


def _absence(table: Silver, versions: list[str]) -> str:
    """The columns of a version for a key that a whole snapshot, taken later, did not hold."""
    known = {**{name: name for name in table.key}, "_row_lsn": "_ends_lsn", "_row_offset": "cast(0 as bigint)"}
    return ", ".join(f"{known.get(name, 'null')} as {name}" for name in versions)


def _repeats(table: Silver) -> str:
    """Whether a version says nothing new: the same change again, or a snapshot's row that equals what held."""
    over = _before(table)
    content = ", ".join(f"'{column.name}': {column.name}" for column in table.columns)
    same_change = f"coalesce(lag(_row_lsn) {over} = _row_lsn and lag(_rank) {over} = _rank, false)"
    same_content = (
        f"not coalesce(lag(_deleted) {over}, true) and lag({{{content}}}) {over} is not distinct from {{{content}}}"
    )
    return f"({same_change} or (_rank = 1 and not _deleted and {same_content}))"


def _is_idle(table: Silver) -> str:
    """Whether a deletion has nothing to delete."""
    return f"(_deleted and coalesce(lag(_deleted) {_before(table)}, true))"


def _before(table: Silver) -> str:
    return f"over (partition by {', '.join(table.key)} order by _row_lsn, _rank, _row_offset)"


def _stored(name: str) -> str:
    return {"valid_from": "_from", "valid_to": "_to", "is_current": "_to is null"}.get(name, name)
