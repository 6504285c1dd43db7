"""The recorder's side of the platform database: one transaction for each batch, safe to repeat."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from serving.recorder.batch import Batch, Clock, Message, refusal, sort_messages

LOG = logging.getLogger(__name__)

_QUARANTINE = """
    insert into quarantine (topic, partition, record_offset, message_key, field, error, payload, quarantined_at)
    values (%(topic)s, %(partition)s, %(offset)s, %(key)s, %(field)s, %(error)s, %(payload)s, %(quarantined_at)s)
    on conflict do nothing
"""


@dataclass(frozen=True)
class Recorded:
    """How many rows a batch added: what was recorded before adds none."""

    decisions: int = 0
    differing: int = 0
    alerts: int = 0
    quarantined: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(
            self.decisions + other.decisions,
            self.differing + other.differing,
            self.alerts + other.alerts,
            self.quarantined + other.quarantined,
        )


def record(connection: Connection[Any], messages: Sequence[Message], batch: Batch, clock: Clock) -> Recorded:
    """Record a batch. A message whose content the database refuses is quarantined alone; the others are recorded.

    Raises psycopg.OperationalError when the database is away: nothing of the batch is recorded then.
    """
    try:
        return record_batch(connection, batch)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        if len(messages) == 1:
            LOG.warning("Quarantined %s %d %d", messages[0].topic, messages[0].partition, messages[0].offset)
            complaint = str(error).splitlines()[0]
            return record_batch(connection, Batch(quarantined=[refusal(messages[0], "data", complaint, clock)]))
    total = Recorded()
    for message in messages:
        total += record(connection, [message], sort_messages([message], clock), clock)
    return total


def record_batch(connection: Connection[Any], batch: Batch) -> Recorded:
    """Record a batch in one transaction; raises psycopg.DataError or IntegrityError when any of it does not fit."""
    decisions = differing = alerts = quarantined = 0
    with connection.transaction(), connection.cursor() as cursor:
        if batch.decisions:
            row = cursor.execute("select * from record_decisions(%s)", (Jsonb(batch.decisions),)).fetchone()
            decisions, differing = row or (0, 0)
        if batch.alerts:
            row = cursor.execute("select record_alerts(%s)", (Jsonb(batch.alerts),)).fetchone()
            alerts = row[0] if row else 0
        if batch.quarantined:
            cursor.executemany(_QUARANTINE, [_without_nul(entry) for entry in batch.quarantined])
            quarantined = cursor.rowcount
    return Recorded(decisions, differing, alerts, quarantined)


def _without_nul(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": None,
        **{name: value.replace("\0", "\\u0000") if isinstance(value, str) else value for name, value in entry.items()},
    }
