"""The events of a backtest as bronze has them, in the order in which the live job could take them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts.errors import NotFoundError

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake

BRONZE = "bronze.events"
_MOVEMENTS = ("transaction.events", "transaction.history")
_LABELS = ("label.events",)


@dataclass(frozen=True)
class Record:
    """One message for the replay's topic: where it stood, its key, and the envelope as it came."""

    partition: int
    key: bytes
    value: bytes


@dataclass(frozen=True)
class Span:
    """`since` is the first business time that is replayed, `until` the last arrival; `movements` will be decided."""

    since: datetime
    until: datetime
    movements: int


def span_of(lake: Lake, since: datetime, start: datetime, end: datetime) -> Span:
    """What to replay so that the movements of [start, end) meet what they met, as far back as `since`.

    Raises NotFoundError when the interval holds no movement.
    """
    lake.attach(BRONZE)
    within = f"occurred_at >= {_literal(start)} and occurred_at < {_literal(end)}"
    row = lake.session.execute(f"select max(arrived_at) from ({_events(_MOVEMENTS, 'account_id')}) where {within}")  # noqa: S608 - ours
    (until,) = row.fetchone() or (None,)
    if until is None:
        first, last = _extent(lake)
        raise NotFoundError(
            f"No movement lies between {start} and {end}.", hint=f"There are some from {first} to {last}."
        )
    span = Span(since, until, 0)
    count = lake.count(
        f"select count(distinct (transaction_id, leg, attempt)) from ({_events(_MOVEMENTS, 'account_id')}) where {_taken(span)}"  # noqa: S608 - ours
    )
    return Span(since, until, count)


def movements(lake: Lake, span: Span) -> Iterator[Record]:
    """Movements and their transitions. An account keeps to one partition of either topic: by arrival, its order is the live one."""
    return _records(lake, _MOVEMENTS, "account_id", span)


def labels(lake: Lake, span: Span) -> Iterator[Record]:
    """What became known, up to the same moment."""
    return _records(lake, _LABELS, "transaction_id", span)


def _records(lake: Lake, topics: tuple[str, ...], key: str, span: Span) -> Iterator[Record]:
    rows = f"select partition, key, value from ({_events(topics, key)}) where {_taken(span)} order by place, topic desc, partition, number"  # noqa: S608 - ours
    for batch in lake.stream(rows):
        columns = (batch.column(name).to_pylist() for name in ("partition", "key", "value"))
        for partition, named, value in zip(*columns, strict=True):
            yield Record(partition, named.encode(), value.encode())


def _events(topics: tuple[str, ...], key: str) -> str:
    """Readable events once each. Within a partition offsets say the order, whatever the clocks of producers said."""
    names = ", ".join(f"'{name}'" for name in topics)
    return f"""
        select topic, partition, "offset" as number, arrived_at, value,
            max(arrived_at) over (partition by topic, partition order by "offset") as place,
            json_extract_string(value, '$.data.{key}') as key,
            json_extract_string(value, '$.data.transaction_id') as transaction_id,
            json_extract_string(value, '$.data.leg') as leg,
            json_extract_string(value, '$.data.attempt') as attempt,
            try_cast(json_extract_string(value, '$.data.occurred_at') as timestamptz) as occurred_at
        from (select distinct topic, partition, "offset", arrived_at, value from {BRONZE}
            where topic in ({names}) and json_valid(value))
    """  # noqa: S608 - declared names only


def _taken(span: Span) -> str:
    """A label of a movement that its system did not know has no business time, and goes with the rest."""
    since = f"coalesce(occurred_at >= {_literal(span.since)}, true)"
    return f"key is not null and {since} and arrived_at <= {_literal(span.until)}"


def _extent(lake: Lake) -> tuple[object, object]:
    row = lake.session.execute(
        f"select min(occurred_at), max(occurred_at) from ({_events(_MOVEMENTS, 'account_id')})"  # noqa: S608 - ours
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _literal(moment: datetime) -> str:
    return f"timestamptz '{moment.astimezone(UTC).isoformat()}'"
