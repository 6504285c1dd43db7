"""Landing on real engines: PostgreSQL, Kafka, Connect with both Debezium connectors and the Iceberg sink."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from contracts.capture import EVENTS, ROWS
from contracts.settings import Settings
from contracts.tables import find_table
from deploy.local.stack import start, stop
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import prepare_session, refresh
from pipelines.lakehouse.specification import find_silver
from pipelines.landing.connectors import register
from pipelines.landing.offsets import open_offsets
from pipelines.landing.progress import SINK_GROUP, landed_topics, probe_source, wait_landed
from pipelines.warehouse.reconciliation import lake_totals, reconcile_source
from tests.ports import free_ports

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PARTS = ("postgres", "kafka", "connect", "migrations", "connectors")
SECONDS = 300
TENANTS = "silver.diasporacore__tenants"
# Whatever JSON can hold: Debezium's own expansion of payloads turns the array of mixed types into a quoted text.
STRANGE: dict[str, Any] = {
    "none": None,
    "empty": [],
    "mixed": [1, 2.5, "x", None, {"a": [True]}],
    "long": 1234567890123456789,
    "small": 1e-7,
    "text": 'é "quoted" \\ ¿',
}


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="atalaya-landing-") as folder:
        Path(folder).chmod(0o755)
        own = Settings(state=Path(folder), port_base=free_ports())
        start(own, PARTS)
        try:
            yield own
        finally:
            stop(own)


def execute(settings: Settings, sql: str, *parameters: object) -> None:
    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        connection.execute(sql.encode(), parameters)


def land(settings: Settings) -> None:
    for connector in (ROWS, EVENTS):
        probe_source(settings, connector, time.monotonic() + SECONDS)
    wait_landed(settings, SECONDS)


def add_tenant(settings: Settings, tenant_id: str) -> None:
    execute(settings, "insert into diasporacore.tenants values (%s, 'Unión', 'CA', now())", tenant_id)


def tenants(lake: Lake) -> dict[str, str]:
    refresh(lake, find_silver(TENANTS))
    lake.attach(TENANTS)
    return dict(lake.session.execute(f"select tenant_id, name from {TENANTS}").fetchall())


def read_topic(settings: Settings, topic: str) -> list[tuple[bytes, bytes]]:
    with open_offsets(settings) as offsets:
        places = {place: end for place, end in offsets.ends([topic]).items() if end}
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "test"})
    consumer.assign([TopicPartition(name, partition, 0) for name, partition in places])
    records = consumer.consume(sum(places.values()), timeout=30)
    consumer.close()
    return [(record.key() or b"", record.value() or b"") for record in records]


def test_an_event_reaches_kafka_exactly_as_the_transaction_wrote_it(settings: Settings) -> None:
    event = {"specversion": "1.0", "id": "e1", "type": "user.registered.v1", "data": STRANGE}
    execute(
        settings,
        "insert into diasporacore.outbox (event_id, topic, key, envelope) values (%s, 'user.events', 'user-7', %s)",
        *(uuid.uuid4(), json.dumps(event)),
    )
    land(settings)
    values = {key: json.loads(value) for key, value in read_topic(settings, "user.events")}
    assert values[b"user-7"] == event


def test_money_keeps_its_digits_from_the_table_to_silver(settings: Settings) -> None:
    execute(
        settings,
        "insert into diasporacore.remittance_corridors values ('CA-HT', 'CA', 'HT', 'HTG', 0.1000, 12.3456, 'standard')",
    )
    land(settings)
    with open_lake(settings) as lake:
        prepare_session(lake, settings)
        table = find_silver("silver.diasporacore__remittance_corridors")
        refresh(lake, table)
        lake.attach(table.name)
        found = lake.session.execute(f"select fee_pct, spread_pct from {table.name}").fetchone()
    assert found == (Decimal("0.1000"), Decimal("12.3456"))


def test_inserts_updates_and_deletes_arrive_and_registering_again_changes_nothing(settings: Settings) -> None:
    for tenant_id in ("kept", "changed", "deleted"):
        add_tenant(settings, tenant_id)
    land(settings)
    with open_lake(settings) as lake:
        prepare_session(lake, settings)
        assert {"kept", "changed", "deleted"} <= tenants(lake).keys()
        execute(settings, "update diasporacore.tenants set name = 'Nueva' where tenant_id = 'changed'")
        execute(settings, "delete from diasporacore.tenants where tenant_id = 'deleted'")
        register(settings)
        land(settings)
        found = tenants(lake)
        before = content_hash(lake, TENANTS)
        refresh(lake, find_silver(TENANTS), full=True)
        assert content_hash(lake, TENANTS) == before
    assert "deleted" not in found
    assert found["changed"] == "Nueva"
    with open_offsets(settings) as offsets:
        assert not offsets.behind(SINK_GROUP, landed_topics())


def test_a_tenant_added_while_landing_runs_is_picked_up(settings: Settings) -> None:
    """No connector is told of it: rows of its schema are rows of the table that everybody's are."""
    land(settings)
    add_tenant(settings, "newcomer")
    execute(
        settings,
        "insert into tenant_newcomer.users (user_id, tenant_id, full_name, email, birth_date, country, kyc_tier,"
        " registered_at) values ('first', 'newcomer', 'Ana', 'ana@example.org', '1990-04-12', 'CA', 1, now())",
    )
    execute(settings, "update tenant_newcomer.users set kyc_tier = 2")
    land(settings)
    users = find_table("diasporacore", "users")
    with open_lake(settings) as lake:
        prepare_session(lake, settings)
        refresh(lake, find_silver(users.silver))
        lake.attach(users.silver)
        found = lake.session.execute(f"select tenant_id, user_id, kyc_tier from {users.silver}").fetchall()
    assert found == [("newcomer", "first", 2)]
    registered = [json.loads(value) for _, value in read_topic(settings, "user.events")]
    assert [event["subject"] for event in registered if event.get("subject")] == ["first"]


def test_reconciliation_sees_a_change_that_silver_has_not_read(settings: Settings) -> None:
    with open_lake(settings) as lake:
        prepare_session(lake, settings)
        for table in ("tenants", "remittance_corridors", "users"):
            refresh(lake, find_silver(f"silver.diasporacore__{table}"))
        add_tenant(settings, "late")
        land(settings)
        tables = [find_table("diasporacore", name) for name in ("tenants", "remittance_corridors")]
        results = reconcile_source(lake, settings, tables, lake_totals(lake, tables))
    outcomes = {result.table.name: result.outcome for result in results}
    assert outcomes == {"tenants": "moving", "remittance_corridors": "equal"}
