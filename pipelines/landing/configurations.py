"""The three connectors' configurations, derived from the declared tables and topics.

Two Debezium connectors stand beside each other on purpose: rows need a JSON converter, while an outbox envelope must
reach Kafka byte for byte as PostgreSQL holds it. Debezium's own expansion of JSON payloads cannot express arrays of
mixed types and then quotes the whole event (docs/decisions/0005); with a connector and a slot of its own, the event is
passed on as text, and a scored event never waits behind a bulk of row changes.
"""

from __future__ import annotations

import re

from contracts.capture import EVENTS, HEARTBEAT_TABLE, ROWS, SLOTS, captured_tables
from contracts.settings import Settings, secret_variable
from contracts.tables import load_tables
from contracts.topics import SINK_CONTROL_TOPIC, event_topics

Configuration = dict[str, str]

SINK = "bronze"
EVENTS_TABLE = "bronze.events"

# Topic prefix by source connector.
PREFIXES = {ROWS: "cdc", EVENTS: "outbox"}
_HEARTBEAT_IDS = {ROWS: 1, EVENTS: 2}

COMMIT_INTERVAL_SECONDS = 5

_STRING_CONVERTER = "org.apache.kafka.connect.storage.StringConverter"
_JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"


def connector_configurations(settings: Settings) -> dict[str, Configuration]:
    """Every connector's configuration by name. Passwords are references that the worker resolves when it starts a task."""
    return {
        ROWS: _rows(settings),
        EVENTS: _events(settings),
        SINK: _sink(settings),
    }


def heartbeat_topic(connector: str) -> str:
    """Where a source connector puts the changes of the heartbeat table."""
    return f"{PREFIXES[connector]}.{HEARTBEAT_TABLE}"


def _rows(settings: Settings) -> Configuration:
    return {
        **_debezium(settings, ROWS),
        # Exact: a numeric arrives as its own digits. Time zones and microseconds are kept by the default mode.
        "decimal.handling.mode": "string",
        **_converters("key", _JSON_CONVERTER),
        **_converters("value", _JSON_CONVERTER),
    }


def _events(settings: Settings) -> Configuration:
    return {
        **_debezium(settings, EVENTS),
        "transforms": "route",
        "predicates": "isOutbox",
        "predicates.isOutbox.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
        "predicates.isOutbox.pattern": rf"{PREFIXES[EVENTS]}\.[a-z_]+\.outbox",
        "transforms.route.type": "io.debezium.transforms.outbox.EventRouter",
        "transforms.route.predicate": "isOutbox",
        "transforms.route.route.by.field": "topic",
        "transforms.route.route.topic.replacement": "${routedByValue}",
        "transforms.route.table.field.event.id": "event_id",
        "transforms.route.table.field.event.key": "key",
        "transforms.route.table.field.event.payload": "envelope",
        **_converters("key", _STRING_CONVERTER),
        **_converters("value", _STRING_CONVERTER),
    }


def _debezium(settings: Settings, name: str) -> Configuration:
    beat = _HEARTBEAT_IDS[name]
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "database.hostname": settings.postgres_host,
        "database.port": str(settings.port("postgres")),
        "database.user": "debezium",
        "database.password": _reference("postgres_debezium"),
        "database.dbname": "operations",
        "topic.prefix": PREFIXES[name],
        "plugin.name": "pgoutput",
        "slot.name": SLOTS[name],
        "publication.name": SLOTS[name],
        # The migrations publish: a role that may change a publication would have to own the tables.
        "publication.autocreate.mode": "disabled",
        "table.include.list": ",".join(captured_tables(name)),
        # Initial, and again after a lost slot: silver drops the keys that a newer whole snapshot does not hold.
        "snapshot.mode": "when_needed",
        "tombstones.on.delete": "false",
        "heartbeat.interval.ms": "5000",
        "heartbeat.action.query": f"insert into {HEARTBEAT_TABLE} values ({beat}, now())"  # noqa: S608 - constants
        " on conflict (id) do update set beat_at = excluded.beat_at",
        "poll.interval.ms": "20",
        "max.batch.size": "4096",
        "max.queue.size": "16384",
        "producer.override.compression.type": "lz4",
        "topic.creation.enable": "true",
        "topic.creation.default.replication.factor": "-1",
        "topic.creation.default.partitions": "1",
    }


def _sink(settings: Settings) -> Configuration:
    routes = {table.bronze: table.topic for table in load_tables()}
    patterns = {target: re.escape(topic) for target, topic in routes.items()}
    patterns[EVENTS_TABLE] = "|".join(re.escape(topic.name) for topic in event_topics())
    return {
        "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
        "tasks.max": "1",
        "topics": ",".join([*routes.values(), *(topic.name for topic in event_topics())]),
        "consumer.override.auto.offset.reset": "earliest",
        "consumer.override.isolation.level": "read_committed",
        "consumer.override.max.poll.records": "5000",
        # The default of five minutes leaves new topics unread for as long.
        "consumer.override.metadata.max.age.ms": "2000",
        **_converters("key", _STRING_CONVERTER),
        **_converters("value", _STRING_CONVERTER),
        **_envelope_transforms(),
        "iceberg.tables": ",".join(patterns),
        "iceberg.tables.route-field": "topic",
        **{f"iceberg.table.{target}.route-regex": f"^({pattern})$" for target, pattern in patterns.items()},
        "iceberg.tables.auto-create-enabled": "true",
        "iceberg.tables.auto-create-props.format-version": "2",
        "iceberg.tables.default-partition-by": "day(arrived_at)",
        "iceberg.control.topic": SINK_CONTROL_TOPIC,
        "iceberg.control.commit.interval-ms": str(COMMIT_INTERVAL_SECONDS * 1000),
        **_catalog(settings),
    }


def _envelope_transforms() -> Configuration:
    """The record as it came, with its place in Kafka beside it, by Connect's own transforms."""
    return {
        "transforms": "hoist,place",
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
        "transforms.hoist.field": "value",
        "transforms.place.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.place.topic.field": "topic",
        "transforms.place.partition.field": "partition",
        "transforms.place.offset.field": "offset",
        "transforms.place.timestamp.field": "arrived_at",
    }


def _catalog(settings: Settings) -> Configuration:
    return {
        "iceberg.catalog": "lake",
        "iceberg.catalog.type": "jdbc",
        "iceberg.catalog.uri": f"jdbc:postgresql://{settings.postgres_host}:{settings.port('postgres')}/lake",
        "iceberg.catalog.jdbc.user": "lake",
        "iceberg.catalog.jdbc.password": _reference("postgres_lake"),
        # V0 has no column for the kind of an entry, and pyiceberg writes one.
        "iceberg.catalog.jdbc.schema-version": "V1",
        "iceberg.catalog.warehouse": settings.warehouse_location,
    }


def _reference(secret: str) -> str:
    """Connect tells everybody who asks the configuration as it was registered, and keeps it in a topic."""
    return f"${{env:{secret_variable(secret)}}}"


def _converters(part: str, converter: str) -> Configuration:
    schemas = {f"{part}.converter.schemas.enable": "false"} if converter == _JSON_CONVERTER else {}
    return {f"{part}.converter": converter, **schemas}
