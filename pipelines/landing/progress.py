"""Whether landing moves, shown by doing: a probe row through both slots, a commit through the sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from confluent_kafka import Consumer, TopicPartition

from contracts.capture import HEARTBEAT_TABLE, SLOTS, captured_tables
from contracts.errors import ConfigurationError, TransientError
from contracts.settings import Settings
from contracts.tables import load_tables
from contracts.topics import SINK_CONTROL_TOPIC, event_topics
from pipelines.landing.configurations import SINK, heartbeat_topic
from pipelines.landing.offsets import Offsets, open_offsets, open_probe_consumer

# The consumer group that Connect derives from the sink's name.
SINK_GROUP = f"connect-{SINK}"
_KAFKA_TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.3
# The sink's control events are Avro with their schema inside: the record's name tells them apart.
_COMMIT_COMPLETE = b"CommitComplete"
_PROBE_ID = 0
_PROBE_SECONDS = 2.0
# How the two converters write the operation of a snapshot's row, which says nothing about streaming.
_SNAPSHOT_MARKS = (b'"op":"r"', b"op=r,")


def check_tables(settings: Settings) -> None:
    """Raise ConfigurationError unless every captured table is published: a connector misses others in silence."""
    wanted = [(SLOTS[connector], table) for connector in SLOTS for table in captured_tables(connector)]
    with psycopg.connect(settings.database_url("operations")) as connection:
        published = set(
            connection.execute("select pubname, schemaname || '.' || tablename from pg_publication_tables").fetchall()
        )
    if absent := sorted({table for place, table in wanted if (place, table) not in published}):
        raise ConfigurationError(
            f"The operational database does not publish {', '.join(absent)}.",
            hint="Run 'python -m sources.migrations' first.",
        )


def check_topics(settings: Settings) -> None:
    """Raise ConfigurationError unless the sink's topics exist: without its control topic it dies while RUNNING."""
    with open_offsets(settings) as offsets:
        existing = offsets.topics()
    if absent := sorted({SINK_CONTROL_TOPIC, *landed_topics()} - existing):
        raise ConfigurationError(
            f"Kafka has no topic {', '.join(absent)}.", hint="The stack creates the declared topics when it starts."
        )


def landed_topics() -> tuple[str, ...]:
    """Every topic that the sink reads."""
    return (*(table.topic for table in load_tables()), *(topic.name for topic in event_topics()))


def probe_source(settings: Settings, connector: str, deadline: float) -> None:
    """Commit a probe row and see this very row arrive in Kafka by streaming: all that was committed before it is there.

    Raises TransientError at `deadline` (monotonic clock).
    """
    topic = heartbeat_topic(connector)
    probes: list[bytes] = []
    next_probe = 0.0
    with _tail(settings, topic) as next_value:
        while (now := time.monotonic()) < deadline:
            if now >= next_probe:
                probes.append(_beat(settings))
                next_probe = now + _PROBE_SECONDS
            value = next_value()
            if any(probe in value for probe in probes) and not any(mark in value for mark in _SNAPSHOT_MARKS):
                return
    raise TransientError(
        f"Connector {connector!r} is RUNNING but no change reached topic {topic!r}.",
        hint="Compare the replication slot's lag ('./atalaya status') and the log of 'connect'.",
    )


def probe_sink(settings: Settings, deadline: float) -> None:
    """See the sink begin or end a commit; raises TransientError at `deadline` (monotonic clock)."""
    with _tail(settings, SINK_CONTROL_TOPIC) as next_value:
        while time.monotonic() < deadline:
            if next_value():
                return
    raise TransientError("The Iceberg sink is RUNNING but does not commit.", hint="Look at the log of 'connect'.")


def wait_landed(settings: Settings, timeout_seconds: float = 180) -> Offsets:
    """Wait until what Kafka holds now is committed to bronze; the end offsets that were waited for.

    A row committed in PostgreSQL counts once it is in Kafka: probe the sources first. Raises TransientError when it
    takes longer than `timeout_seconds`.
    """
    deadline = time.monotonic() + timeout_seconds
    with open_offsets(settings) as offsets:
        ends = offsets.ends(landed_topics())
        while behind := offsets.short_of(ends, SINK_GROUP):
            if time.monotonic() > deadline:
                raise TransientError(f"Bronze is behind Kafka on {', '.join(sorted({topic for topic, _ in behind}))}.")
            time.sleep(_POLL_SECONDS)
    # What the sink has read is in the commit that is under way, or in one that ended: the next end covers both.
    with _tail(settings, SINK_CONTROL_TOPIC) as next_value:
        while _COMMIT_COMPLETE not in next_value():
            if time.monotonic() > deadline:
                raise TransientError("The Iceberg sink read everything but does not commit.")
    return ends


def _beat(settings: Settings) -> bytes:
    """Write a probe row; its moment, as Debezium writes it, which also is what tells it from other heartbeats."""
    now = datetime.now(UTC)
    # Trailing zeros of the fraction are not written.
    moment = now.replace(microsecond=now.microsecond // 10 * 10 + 1)
    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        connection.execute(
            f"insert into {HEARTBEAT_TABLE} values (%s, %s) on conflict (id) do update set beat_at = excluded.beat_at",  # noqa: S608 - a constant
            [_PROBE_ID, moment],
        )
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


@contextmanager
def _tail(settings: Settings, topic: str) -> Iterator[Callable[[], bytes]]:
    """Give a reader of the topic's only partition from now on: the next value, or nothing after a moment."""
    with open_probe_consumer(settings) as consumer:
        consumer.assign([TopicPartition(topic, 0, _end_of(consumer, topic))])

        def next_value() -> bytes:
            record = consumer.poll(_POLL_SECONDS)
            return b"" if record is None or record.error() is not None else record.value() or b""

        yield next_value


def _end_of(consumer: Consumer, topic: str) -> int:
    """Where the topic ends; 0 while it does not exist yet."""
    if topic not in consumer.list_topics(timeout=_KAFKA_TIMEOUT_SECONDS).topics:
        return 0
    _low, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=_KAFKA_TIMEOUT_SECONDS)
    return int(end)
