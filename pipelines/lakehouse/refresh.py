"""Bringing a silver table up to its bronze: piece by piece by default, whole on demand, with the same content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.settings import Settings
from pipelines.lakehouse.catalog import Increment, Lake
from pipelines.lakehouse.drift.documents import Shape, gone_columns, newest_shape, shape_properties
from pipelines.lakehouse.heads import Head
from pipelines.lakehouse.history import history_sql
from pipelines.lakehouse.quarantine import quarantine_faults
from pipelines.lakehouse.specification import Silver
from pipelines.lakehouse.tokens import define_tokenise, token_key
from pipelines.lakehouse.touched import hold_current
from pipelines.lakehouse.transforms import DAYS, MICROSECONDS, OBJECT, document_structure, merge_sql, typed_sql

# What a refresh records with the snapshot that it commits.
DEFINITION = "atalaya.definition"
INPUT_TABLE = "atalaya.input-table"
INPUT_SNAPSHOT = "atalaya.input-snapshot-id"
INPUT_SEQUENCE = "atalaya.input-sequence-number"
HIGH_WATER = "atalaya.high-water"
HIGH_WATER_LSN = "atalaya.high-water-lsn"


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did; `changes` counts the versions read, `snapshot_id` is the table's afterwards.

    `gone` are declared columns that the source no longer sends: while there are any, the table stays as it was.
    """

    name: str
    rows: int
    changes: int
    quarantined: int
    rebuilt: bool
    snapshot_id: int
    input_snapshot_id: int | None
    high_water_lsn: int
    gone: tuple[str, ...] = ()


def prepare_session(lake: Lake, settings: Settings) -> None:
    """Give the lake's session the functions that the transforms call."""
    define_tokenise(lake.session, token_key(settings))
    lake.session.execute(
        f"create or replace temp macro at_microseconds(count) as "
        f"case when count between {MICROSECONDS[0]} and {MICROSECONDS[1]} then make_timestamptz(count) end;"
        f"create or replace temp macro at_days(count) as "
        f"case when count between {DAYS[0]} and {DAYS[1]} then date '1970-01-01' + cast(count as integer) end"
    )


def refresh(lake: Lake, table: Silver, *, full: bool = False) -> Refreshed:
    """Bring a silver table up to date in one commit; with nothing new, nothing is written.

    It is made whole again on demand, when its definition or its bronze table is another one, and when Debezium sent
    something again that lies before what was seen: deleted rows leave no trace in silver that could refuse it.
    """
    (done,) = refresh_together(lake, (table,), full=full)
    return done


def refresh_together(lake: Lake, tables: Sequence[Silver], *, full: bool = False) -> Iterator[Refreshed]:
    """Refresh tables that are made from the same documents; those that have come equally far share one reading."""
    increments: dict[int, Increment] = {}
    read: tuple[object, ...] = ()
    for table in tables:
        head = lake.head(table.name)
        recorded = {**head.properties, INPUT_SEQUENCE: str(read_up_to(head))} if head else {}
        known = not full and recorded.get(DEFINITION) == _definition(table)
        start = _Start(table, recorded if known else {})
        start = start if start.increment(lake, increments).table == recorded.get(INPUT_TABLE) else _Start(table, {})
        if start.recorded and not start.increment(lake, increments).files:
            yield _unchanged(lake, table, recorded)
            continue
        read = _read(lake, start, increments, read)
        if start.recorded and _is_replay(lake, table, int(start.recorded[HIGH_WATER_LSN])):
            start = _Start(table, {})
            read = _read(lake, start, increments, read)
        shape = newest_shape(lake) if table.is_change else None
        if head and (gone := gone_columns(lake, table, start.recorded, shape)):
            yield _unchanged(lake, table, head.properties, gone)
        elif head and start.recorded and not lake.count("select count(*) from typed"):
            lake.look_through(table.name, head, start.increment(lake, increments).sequence_number)
            yield _unchanged(lake, table, start.recorded)
        else:
            yield _commit(lake, table, start.increment(lake, increments), start.recorded, shape)


def read_up_to(head: Head) -> int:
    """The sequence number up to which a silver table's bronze was read: for its snapshot, or afterwards in vain."""
    return max(int(head.properties.get(INPUT_SEQUENCE, 0)), head.looked_through)


@dataclass(frozen=True)
class _Start:
    """Where a refresh begins: after what was recorded with the table's snapshot, or with nothing to make it whole."""

    table: Silver
    recorded: Mapping[str, str]

    def increment(self, lake: Lake, increments: dict[int, Increment]) -> Increment:
        """The bronze files to read, listed once for all that begin here."""
        after = int(self.recorded.get(INPUT_SEQUENCE, 0))
        if after not in increments:
            increments[after] = lake.increment(self.table.bronze, after)
        return increments[after]


def _read(lake: Lake, start: _Start, increments: dict[int, Increment], read: tuple[object, ...]) -> tuple[object, ...]:
    """Make `typed` for a start, unless it is there from one that reads the same; what it now stands for."""
    increment, marks = start.increment(lake, increments), json.loads(start.recorded.get(HIGH_WATER, "{}"))
    wanted = (increment, marks, typed_sql(start.table))
    if wanted != read:
        _load_documents(lake, start.table, increment, marks)
    return wanted


def _load_documents(lake: Lake, table: Silver, increment: Increment, high_water: Mapping[str, int]) -> None:
    """Make `typed` from the files' records beyond the high-water marks (offset by 'topic:partition')."""
    lake.session.execute("create or replace temp table high_water (place varchar, high bigint)")
    if high_water:
        lake.session.executemany("insert into high_water values (?, ?)", list(high_water.items()))
    lake.session.execute(f"create or replace temp view documents as {_documents_sql(table, increment)}")
    lake.session.execute(f"create or replace temp table typed as {typed_sql(table)}")


def _documents_sql(table: Silver, increment: Increment) -> str:
    topics = ", ".join(f"'{topic}'" for topic in table.topics)
    return f"""
        select value, topic, "partition", "offset", arrived_at,
            case when json_valid(value) and regexp_matches(value, '{OBJECT}') then from_json(value, '{document_structure(table)}') end as raw
        from {_records(increment)}
        left join high_water on high_water.place = topic || ':' || "partition"
        where topic in ({topics}) and "offset" > coalesce(high_water.high, -1)
    """  # noqa: S608 - names come from contracts


def _records(increment: Increment) -> str:
    if increment.files:
        return f"read_parquet({list(increment.files)!r}, hive_partitioning = false)"
    empty = 'null::varchar as value, null::varchar as topic, 0 as "partition", 0 as "offset", null::timestamptz as arrived_at'
    return f"(select {empty} where false)"


def _is_replay(lake: Lake, table: Silver, high_water_lsn: int) -> bool:
    """Whether `typed` holds what lies before, or within, what was seen: only all of bronze tells what it means."""
    if not table.is_change:
        return False
    late = f"select count(*) from typed where _row_lsn < ? or (_row_lsn = ? and _row_op = 'r'{_matters(table)})"  # noqa: S608 - a constant
    return lake.count(late, [high_water_lsn, high_water_lsn]) > 0


def _matters(table: Silver) -> str:
    """Which rows of a snapshot that an earlier increment began cannot be added to what it left.

    In a history any of them: it can lie before what is closed there. In a state what says of other keys that they are
    gone, or of its own that it is not: its end and its misfits, wherever the others were read.
    """
    return "" if table.keeps_history else " and (_snapshot_lsn is not null or _fault is not null)"


def winners_sql(table: Silver) -> str:
    """The statement that gives the table's rows from `typed` and `current_rows`."""
    return history_sql(table) if table.keeps_history else merge_sql(table)


def _commit(
    lake: Lake, table: Silver, increment: Increment, recorded: Mapping[str, str], shape: Shape | None
) -> Refreshed:
    changes = lake.count("select count(*) from typed")
    rebuilt = not recorded
    # A document that does not fit is told of once, by the table of current state.
    faults = 0 if table.keeps_history else quarantine_faults(lake, table, rebuilt=rebuilt)
    replaced = hold_current(lake, table, rebuilt=rebuilt)
    properties = _properties(lake, table, increment, recorded) | shape_properties(recorded, shape)
    head = lake.replace(table.name, lake.stream(winners_sql(table)), table.stored, properties, replaced)
    return Refreshed(
        name=table.name,
        rows=head.rows,
        changes=changes,
        quarantined=faults,
        rebuilt=rebuilt,
        snapshot_id=head.snapshot_id,
        input_snapshot_id=increment.snapshot_id,
        high_water_lsn=int(properties[HIGH_WATER_LSN]),
    )


def _unchanged(lake: Lake, table: Silver, recorded: Mapping[str, str], gone: tuple[str, ...] = ()) -> Refreshed:
    """The table as it is, with what is recorded with its current snapshot."""
    head = lake.head(table.name)
    return Refreshed(
        name=table.name,
        rows=head.rows if head else 0,
        changes=0,
        quarantined=0,
        rebuilt=False,
        snapshot_id=head.snapshot_id if head else 0,
        input_snapshot_id=int(recorded[INPUT_SNAPSHOT]) or None,
        high_water_lsn=int(recorded[HIGH_WATER_LSN]),
        gone=gone,
    )


def _properties(lake: Lake, table: Silver, increment: Increment, recorded: Mapping[str, str]) -> dict[str, str]:
    marks = dict(json.loads(recorded.get(HIGH_WATER, "{}")))
    places = lake.session.execute(
        "select _row_topic || ':' || _row_partition, max(_row_offset) from typed group by 1 order by 1"
    ).fetchall()
    marks.update(dict(places))
    lsn = lake.count("select coalesce(max(_row_lsn), 0) from typed") if table.is_change else 0
    return {
        DEFINITION: _definition(table),
        INPUT_TABLE: increment.table,
        INPUT_SNAPSHOT: str(increment.snapshot_id or 0),
        INPUT_SEQUENCE: str(increment.sequence_number),
        HIGH_WATER: json.dumps(marks),
        HIGH_WATER_LSN: str(max(lsn, int(recorded.get(HIGH_WATER_LSN, 0)))),
    }


def _definition(table: Silver) -> str:
    """A digest that is another one when the same bronze would give other rows."""
    parts = (document_structure(table), typed_sql(table), winners_sql(table), str(table.stored))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
