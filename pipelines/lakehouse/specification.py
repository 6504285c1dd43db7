"""What a silver table is: where its rows come from, what names one, and which of two wins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from contracts.events import load_event_schemas
from contracts.tables import Table, load_tables
from contracts.topics import load_topics
from pipelines.lakehouse.columns import SilverColumn, event_columns, table_columns

EVENTS_BRONZE = "bronze.events"

_PLACE = (
    SilverColumn("_row_topic", "text", "Kafka topic of the change that the row shows"),
    SilverColumn("_row_partition", "integer", "Its partition"),
    SilverColumn("_row_offset", "integer", "Its offset"),
    SilverColumn("_row_arrived_at", "timestamp", "When Kafka received it"),
)
_CHANGE = (
    SilverColumn("_row_lsn", "integer", "PostgreSQL's log position of the change", ("source", "lsn")),
    SilverColumn("_row_op", "text", "Debezium's operation: c, u, d, or r for a snapshot", ("op",)),
    SilverColumn("_row_changed_at", "timestamp", "When it was committed", ("source", "ts_us")),
)
_EVENT = (
    SilverColumn("event_id", "text", "CloudEvents id of the event that the row shows", ("id",)),
    SilverColumn("event_type", "text", "Its CloudEvents type", ("type",)),
    SilverColumn("event_at", "timestamp", "When it was written", ("time",)),
)
VALIDITY = (
    SilverColumn("valid_from", "timestamp", "When the version was committed; for a snapshot's row when it was seen"),
    SilverColumn(
        "valid_to",
        "timestamp",
        "When the next one was, or the deletion: exclusive; null while it holds",
        required=False,
    ),
    SilverColumn("is_current", "boolean", "Whether it still holds"),
)
_MOVEMENT = (
    SilverColumn("first_occurred_at", "timestamp", "Business time of the movement's first status"),
    SilverColumn("origin", "text", "history when any of its events came as history", values=("history", "live")),
)


@dataclass(frozen=True)
class Silver:
    """One silver table.

    `latest` orders the versions of a key, the winner first; it must not depend on the order in which versions arrive,
    so that refreshing piece by piece and rebuilding give the same rows. `merged` are columns whose value is an
    aggregate over all versions of the key: name, value for one version, aggregate (both SQL). A table that `keeps_history`
    has every version with its validity, in place of the winner.
    """

    name: str
    bronze: str
    topics: tuple[str, ...]
    key: tuple[str, ...]
    columns: tuple[SilverColumn, ...]
    latest: str
    description: str
    owner: str
    event_types: tuple[str, ...] = ()
    merged: tuple[tuple[str, str, str], ...] = ()
    keeps_history: bool = False

    @property
    def is_change(self) -> bool:
        """Whether its documents are row changes, and not events."""
        return not self.event_types

    @property
    def stored(self) -> tuple[SilverColumn, ...]:
        """Every column, those about the row included."""
        extra = _CHANGE if self.is_change else _EVENT
        merged = _MOVEMENT if self.merged else ()
        validity = VALIDITY if self.keeps_history else ()
        return (*self.columns, *merged, *validity, *extra, *_PLACE)


@cache
def load_silver() -> tuple[Silver, ...]:
    """Every silver table: current state of each declared operational table, then the canonical ones."""
    return (*(_current_state(table) for table in load_tables()), *_canonical())


@cache
def load_history() -> tuple[Silver, ...]:
    """The history of each declared operational table: `silver_history.<app>__<table>`."""
    return tuple(
        replace(
            _current_state(table),
            name=table.silver_history,
            description=f"{table.description} Every version, with the interval in which it held.",
            keeps_history=True,
        )
        for table in load_tables()
    )


def find_silver(name: str) -> Silver:
    """One silver table by its full name; raises KeyError for another."""
    return {table.name: table for table in (*load_silver(), *load_history())}[name]


def _current_state(table: Table) -> Silver:
    return Silver(
        name=table.silver,
        bronze=table.bronze,
        topics=(table.topic,),
        key=table.key,
        columns=table_columns(table),
        # A snapshot's rows share one LSN and yield to a change of the same position; a redelivery yields to the first.
        latest="_row_lsn desc, case when _row_op = 'r' then 1 else 0 end, _row_offset",
        description=table.description,
        owner=table.app,
    )


def _canonical() -> Iterator[Silver]:
    yield Silver(
        name="silver.transactions",
        bronze=EVENTS_BRONZE,
        topics=("transaction.events", "transaction.history"),
        key=("transaction_id", "leg", "attempt"),
        columns=event_columns("transaction.processed.v1"),
        # Within one database transaction several statuses can carry one time.
        latest="event_at desc, case status when 'reversed' then 2 when 'attempted' then 0 else 1 end desc,"
        " event_id, _row_offset",
        description="The canonical transaction: one row for each movement, with its current status.",
        owner="platform",
        event_types=_types("transaction.events", "transaction.history"),
        merged=(
            ("first_occurred_at", "occurred_at", "min(first_occurred_at)"),
            ("origin", "case when _row_topic = 'transaction.history' then 'history' else 'live' end", "min(origin)"),
        ),
    )
    yield _first_sighting(
        "silver.decisions",
        "transaction.scores",
        ("transaction_id", "leg", "attempt"),
        "The decision on each movement, made at its first sighting, with the features it was made from.",
        # A fallback is told only where it is the one that was answered; the job's comes later, whatever their places.
        before="case mode when 'fallback' then 0 else 1 end, ",
    )
    yield _first_sighting(
        "silver.labels", "label.events", ("label_id",), "What became known about movements, dated when it did."
    )
    yield _first_sighting("silver.alerts", "aml.alerts", ("alert_id",), "Patterns that compliance must look at.")


def _first_sighting(name: str, topic: str, key: tuple[str, ...], description: str, before: str = "") -> Silver:
    types = _types(topic)
    return Silver(
        name=name,
        bronze=EVENTS_BRONZE,
        topics=(topic,),
        key=key,
        columns=event_columns(types[0]),
        # One key keeps to one partition, whose order is the order of sighting.
        latest=f"{before}_row_partition, _row_offset",
        description=description,
        owner="platform",
        event_types=types,
    )


def _types(*topics: str) -> tuple[str, ...]:
    declared = {kind for topic in load_topics() if topic.name in topics for kind in topic.types}
    return tuple(sorted(declared & load_event_schemas().keys()))
