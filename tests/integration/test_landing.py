"""Landing on real engines: PostgreSQL, Kafka, Connect with both Debezium connectors and the Iceberg sink."""

from __future__ import annotations

import json
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from contracts.capture import EVENTS, ROWS, SLOTS
from contracts.settings import Settings
from contracts.tables import Column, find_table
from deploy.local.stack import start, stop
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.columns import declared_columns
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.drift.findings import broken
from pipelines.lakehouse.drift.watch import find_drift
from pipelines.lakehouse.quarantine import QUARANTINE
from pipelines.lakehouse.refresh import prepare_session, refresh, refresh_together
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
USERS = find_table("diasporacore", "users")
DEVICES = find_table("diasporacore", "devices")
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


# Whatever columns the table has by then takes its value from the document, as an application does that is rolled out anew.
WRITE = """
insert into diasporacore.{name} select (jsonb_populate_record(null::diasporacore.{name}, %s)).*
"""


def write(connection: psycopg.Connection[Any], name: str, row: dict[str, Any]) -> None:
    connection.execute(WRITE.format(name=name).encode(), [json.dumps(row)])


def member(number: object, **replaced: object) -> dict[str, Any]:
    moment = "2026-11-01T10:00:00Z"
    person = {
        "user_id": f"member-{number}",
        "tenant_id": "drifting",
        "full_name": "Ana Ñandú",
        "email": "a@example.org",
    }
    plain = {"birth_date": "1990-02-03", "country": "CA", "kyc_tier": 2, "monthly_income": "1200.50"}
    return {**person, **plain, "employment_months": 12, "registered_at": moment, "updated_at": moment, **replaced}


def device(number: object) -> dict[str, Any]:
    return {
        "device_id": f"device-{number}",
        "tenant_id": "drifting",
        "user_id": "member-first",
        "platform": "ios",
        "model": "m1",
        "first_seen_at": "2026-11-01T10:00:00Z",
    }


@contextmanager
def live_load(settings: Settings) -> Iterator[Callable[[], None]]:
    """Members and devices that join all the time; calling it waits until more have joined and all of them have landed."""
    ended, written = threading.Event(), [0]

    def run() -> None:
        with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
            while not ended.wait(0.02):
                number = uuid.uuid4()
                write(connection, "users", member(number))
                write(connection, "devices", device(number))
                connection.execute(
                    "update diasporacore.users set kyc_tier = 3 where user_id = %s", [f"member-{number}"]
                )
                written[0] += 1

    def settle() -> None:
        wanted, deadline = written[0] + 5, time.monotonic() + SECONDS
        while written[0] < wanted:
            assert writer.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        land(settings)

    writer = threading.Thread(target=run)
    writer.start()
    try:
        yield settle
    finally:
        ended.set()
        writer.join()


@pytest.fixture(scope="module")
def members(settings: Settings) -> None:
    execute(settings, "insert into diasporacore.tenants values ('drifting', 'Unión', 'CA', now())")
    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        write(connection, "users", member("first"))


def found(lake: Lake, sql: str, name: str) -> list[tuple[Any, ...]]:
    lake.attach(name)
    return lake.session.execute(sql).fetchall()


@pytest.mark.usefixtures("members")
def test_an_added_column_lands_at_once_is_told_and_is_silvers_once_declared(settings: Settings) -> None:
    silver, past = find_silver(DEVICES.silver), find_silver(DEVICES.silver_history)
    model = Column.model_validate({"name": "model", "type": "text", "description": "Model", "default": "'unknown'"})
    with open_lake(settings) as lake, live_load(settings) as settle:
        prepare_session(lake, settings)
        settle()
        assert all(done.rows for done in refresh_together(lake, (silver, past)))
        execute(settings, "alter table diasporacore.devices add column model text not null default 'unknown'")
        settle()
        done = refresh(lake, silver)
        assert (done.gone, done.quarantined, done.rebuilt) == ((), 0, False)
        (drift,) = find_drift(lake, settings, [DEVICES])
        assert not drift.breaks
        assert "diasporacore.devices.model (text at the source): not declared" in drift.message
        assert drift.message.endswith(
            "contracts/tables/diasporacore.yml and silver has it, history included. Owner: team:diaspora-banking."
        )
        declared = [replace(table, columns=(*table.columns, *declared_columns([model]))) for table in (silver, past)]
        for table in declared:
            assert refresh(lake, table).rebuilt
            models = found(lake, f"select model, count(*) from {table.name} group by 1 order by 1", table.name)
            assert [name for name, count in models if count] == ["m1", "unknown"]
    execute(settings, "alter table diasporacore.devices drop column model")


@pytest.mark.usefixtures("members")
def test_a_wider_type_flows_and_what_does_not_fit_the_declared_one_is_quarantined(settings: Settings) -> None:
    silver = find_silver(USERS.silver)
    with open_lake(settings) as lake, live_load(settings) as settle:
        prepare_session(lake, settings)
        settle()
        refresh(lake, silver)
        for column, kind in (
            *(("kyc_tier", "integer"), ("kyc_tier", "bigint"), ("country", "varchar(40)"), ("country", "text")),
            ("monthly_income", "numeric(18,4)"),
        ):
            execute(settings, f"alter table diasporacore.users alter column {column} type {kind}")
        with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
            write(connection, "users", member("fits", country="Canada", monthly_income="10.1200"))
            write(connection, "users", member("exact", monthly_income="10.1234"))
        settle()
        done = refresh(lake, silver)
        assert (done.gone, done.quarantined) == ((), 1)
        rows = found(lake, f"select user_id, country, monthly_income from {silver.name}", silver.name)
        told = {user: rest for user, *rest in rows}
        assert told["member-fits"] == ["Canada", Decimal("10.12")]
        assert "member-exact" not in told
        refused = found(lake, f"select key, field, reason from {QUARANTINE}", QUARANTINE)
        assert ("drifting|member-exact", "monthly_income", "is no decimal(18,2)") in refused
        drifts = find_drift(lake, settings, [USERS])
        assert {(drift.column, drift.change, drift.found) for drift in drifts} == {
            ("kyc_tier", "retyped", "bigint"),
            ("country", "retyped", "text"),
            ("monthly_income", "retyped", "numeric(18,4)"),
        }
        assert not broken(drifts)


@pytest.mark.usefixtures("members")
def test_a_dropped_column_stops_its_table_before_publication_and_no_other(settings: Settings) -> None:
    silver, past = find_silver(DEVICES.silver), find_silver(DEVICES.silver_history)
    with open_lake(settings) as lake, live_load(settings) as settle:
        prepare_session(lake, settings)
        settle()
        good = [done.snapshot_id for done in refresh_together(lake, (silver, past))]
        execute(settings, "alter table diasporacore.devices drop column platform")
        (drift,) = broken(find_drift(lake, settings, [DEVICES]))
        assert "diasporacore.devices.platform: declared, and gone at the source" in drift.message
        assert "Owner: team:diaspora-banking" in drift.message
        settle()
        for full in (False, True):
            kept = list(refresh_together(lake, (silver, past), full=full))
            assert [done.gone for done in kept] == [("platform",), ("platform",)]
            assert [done.snapshot_id for done in kept] == good
        others = refresh(lake, find_silver(USERS.silver))
        assert others.gone == ()
        assert others.changes > 0

        execute(settings, "alter table diasporacore.devices add column platform text not null default 'web'")
        settle()
        again = refresh(lake, silver)
        assert again.gone == ()
        # What was written without the column is told row by row.
        assert again.quarantined > 0
        assert not find_drift(lake, settings, [DEVICES])


@pytest.mark.usefixtures("members")
def test_a_renamed_column_is_told_with_the_name_that_took_its_place(settings: Settings) -> None:
    silver = find_silver(USERS.silver)
    with open_lake(settings) as lake, live_load(settings) as settle:
        prepare_session(lake, settings)
        settle()
        good = refresh(lake, silver).snapshot_id
        execute(settings, "alter table diasporacore.users rename column employment_months to months_employed")
        settle()
        kept = refresh(lake, silver)
        assert (kept.gone, kept.snapshot_id) == (("employment_months",), good)
        drift = next(one for one in find_drift(lake, settings, [USERS]) if one.breaks)
        assert "users.employment_months" in drift.message
        assert "which has the undeclared months_employed" in drift.message
        execute(settings, "alter table diasporacore.users rename column months_employed to employment_months")
        settle()
        assert refresh(lake, silver).gone == ()


@pytest.mark.usefixtures("members")
def test_a_lost_slot_is_made_good_by_a_snapshot_under_load(settings: Settings) -> None:
    connector = f"http://127.0.0.1:{settings.port('connect')}/connectors/{ROWS}"
    silver, past = find_silver(USERS.silver), find_silver(USERS.silver_history)
    with open_lake(settings) as lake:
        prepare_session(lake, settings)
        with live_load(settings) as settle:
            with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
                write(connection, "users", member("leaves"))
            settle()
            list(refresh_together(lake, (silver, past)))
            httpx.put(f"{connector}/stop").raise_for_status()
            drop_slot(settings)
            execute(settings, "update diasporacore.users set country = 'XX' where user_id = 'member-first'")
            execute(settings, "delete from diasporacore.users where user_id = 'member-leaves'")
            httpx.put(f"{connector}/resume").raise_for_status()
            settle()
            list(refresh_together(lake, (silver, past)))
        land(settings)
        list(refresh_together(lake, (silver, past)))
        told = dict(found(lake, f"select user_id, country from {silver.name}", silver.name))
        with psycopg.connect(settings.database_url("operations")) as connection:
            rows = connection.execute("select user_id, country from diasporacore.users").fetchall()
        there: dict[Any, Any] = dict(rows)
        assert told["member-first"] == "XX"
        assert "member-leaves" not in told
        # The one that does not fit its declared type is in quarantine.
        assert {user: country for user, country in there.items() if user != "member-exact"} == told
        before = [content_hash(lake, table.name) for table in (silver, past)]
        assert all(done.rebuilt for done in refresh_together(lake, (silver, past), full=True))
        assert [content_hash(lake, table.name) for table in (silver, past)] == before


def drop_slot(settings: Settings) -> None:
    deadline = time.monotonic() + SECONDS
    with psycopg.connect(settings.database_url("operations", role="atalaya"), autocommit=True) as connection:
        while True:
            try:
                connection.execute("select pg_drop_replication_slot(%s)", [SLOTS[ROWS]])
            except psycopg.errors.ObjectInUse:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            else:
                return
