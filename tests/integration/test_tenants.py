"""Credit unions as tenants on a real PostgreSQL: a schema each, events from wherever a row is written, no sight of another's rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege

from contracts.errors import ConfigurationError, InvalidInputError
from contracts.settings import Settings
from contracts.tables import load_tables
from sources.migrations import migrate
from sources.tenants import add_tenant

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]
NOW = datetime(2026, 11, 22, 17, tzinfo=UTC)
SCOPED = [table for table in load_tables() if table.scope == "tenant"]
MOVEMENT = (
    "insert into {table} (transaction_id, leg, status, kind, channel, tenant_id, account_id, customer_id, amount, currency,"
    " occurred_at) values ('{id}', 'debit', 'attempted', 'transfer', 'app', '{tenant}', '{tenant}', '{tenant}', 5, 'CAD',"
    " '2026-11-22T12:00:00Z')"
)


@pytest.fixture
def operations(postgres: Settings) -> Iterator[Connection]:
    """Two tenants, each with a member and its account named after it."""
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations", "atalaya"), autocommit=True) as connection:
        connection.execute("truncate diasporacore.tenants cascade")
        for tenant in ("north", "south-shore"):
            add_tenant(postgres, tenant, tenant.title(), NOW)
            put_member(connection, tenant)
        connection.execute("truncate diasporacore.outbox")
        yield connection


def put_member(connection: Connection, tenant: str) -> None:
    connection.execute(
        "insert into diasporacore.users (user_id, tenant_id, full_name, email, birth_date, country, kyc_tier, registered_at)"
        f" values ('{tenant}', '{tenant}', 'Eve', 'eve@example.org', '1990-04-12', 'CA', 2, now())"
    )
    connection.execute(
        f"insert into diasporacore.accounts values ('{tenant}', '{tenant}', '{tenant}', 'CAD', 'active', now())"
    )


def move(table: str, identifier: str, tenant: str) -> str:
    return MOVEMENT.format(table=table, id=identifier, tenant=tenant)


def subjects(connection: Connection) -> list[tuple[str, str]]:
    query = "select envelope ->> 'type', envelope ->> 'subject' from diasporacore.outbox order by event_id"
    return connection.execute(query).fetchall()


def test_every_table_of_a_tenant_stands_in_its_schema_with_full_before_images(operations: Connection) -> None:
    found = operations.execute(
        "select c.relname from pg_class c where c.relnamespace = 'tenant_south_shore'::regnamespace"
        " and c.relkind = 'r' and c.relispartition and c.relreplident = 'f' and c.relrowsecurity"
    ).fetchall()
    assert {name for (name,) in found} == {table.name for table in SCOPED}


@pytest.mark.parametrize("table", ["diasporacore.account_transactions", "tenant_north.account_transactions"])
def test_a_row_is_one_event_wherever_it_is_written(operations: Connection, table: str) -> None:
    operations.execute(move(table, "t1", "north"))
    operations.execute(f"update {table} set status = 'completed'")
    assert subjects(operations) == [("transaction.attempted.v1", "t1"), ("transaction.processed.v1", "t1")]
    places = operations.execute("select tableoid::regclass::text from diasporacore.account_transactions").fetchall()
    assert places == [("tenant_north.account_transactions",)]


def test_a_tenants_application_publishes_what_it_writes_and_cannot_write_the_outbox(operations: Connection) -> None:
    operations.execute("set role tenant_north")
    operations.execute(move("tenant_north.account_transactions", "t1", "north"))
    operations.execute(move("diasporacore.account_transactions", "t2", "north"))
    with pytest.raises(InsufficientPrivilege):
        operations.execute("insert into diasporacore.outbox (topic, key, envelope) values ('t', 'k', '{}')")
    operations.execute("reset role")
    assert [subject for _, subject in subjects(operations)] == ["t1", "t2"]


def test_no_tenant_sees_or_writes_anothers_rows(operations: Connection) -> None:
    operations.execute("set role tenant_north")
    assert operations.execute("select user_id from tenant_north.users").fetchall() == [("north",)]
    assert operations.execute("select user_id from diasporacore.users").fetchall() == [("north",)]
    assert operations.execute("update diasporacore.users set kyc_tier = 3").rowcount == 1
    with pytest.raises(InsufficientPrivilege):
        operations.execute("select from tenant_south_shore.users")
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        operations.execute(move("diasporacore.account_transactions", "t1", "south-shore"))
    operations.execute("reset role")
    operations.execute("grant usage on schema tenant_south_shore to tenant_north")
    operations.execute("grant select on tenant_south_shore.users to tenant_north")
    try:
        operations.execute("set role tenant_north")
        assert operations.execute("select from tenant_south_shore.users").fetchall() == [], "the second guard"
    finally:
        operations.execute("reset role")
        operations.execute("revoke select on tenant_south_shore.users from tenant_north")
        operations.execute("revoke usage on schema tenant_south_shore from tenant_north")


def test_a_row_cannot_refer_to_another_tenants(operations: Connection) -> None:
    with pytest.raises(ForeignKeyViolation):
        operations.execute(
            move("diasporacore.account_transactions", "t1", "north").replace(
                "'north', 'north', 5", "'south-shore', 'north', 5"
            )
        )


def test_a_tenant_that_nobody_added_is_refused(operations: Connection) -> None:
    with pytest.raises(CheckViolation, match="no partition of relation"):
        operations.execute(move("diasporacore.account_transactions", "t1", "nowhere"))


@pytest.mark.parametrize("identifier", ["", "North", "a_b", "1st", "a" * 41, "x;drop"])
def test_an_identifier_that_names_no_schema_is_refused(postgres: Settings, identifier: str) -> None:
    with pytest.raises(InvalidInputError, match="names no schema"):
        add_tenant(postgres, identifier, "Name", NOW)


def test_a_tenant_is_added_once(operations: Connection, postgres: Settings) -> None:
    with pytest.raises(InvalidInputError, match="a tenant 'north' already"):
        add_tenant(postgres, "north", "North again", NOW)
    assert operations.execute("select name from diasporacore.tenants where tenant_id = 'north'").fetchone() == (
        "North",
    )


def test_a_tenant_joins_under_load_and_no_writer_fails(operations: Connection, postgres: Settings) -> None:
    stop = threading.Event()
    failed: list[psycopg.Error] = []
    written: list[int] = []

    def write(number: int) -> None:
        try:
            with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
                while not stop.is_set():
                    with connection.transaction():
                        connection.execute(
                            move("diasporacore.account_transactions", f"w{number}-{len(written)}", "north")
                        )
                        connection.execute("update diasporacore.users set kyc_tier = 1 where user_id = 'south-shore'")
                    written.append(number)
        except psycopg.Error as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=[number]) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        time.sleep(0.3)
        add_tenant(postgres, "newcomer", "Newcomer", NOW)
        before = len(written)
        put_member(operations, "newcomer")
        operations.execute(move("diasporacore.account_transactions", "first", "newcomer"))
        time.sleep(0.3)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not failed
    assert len(written) > before > 0
    assert len(subjects(operations)) == len(written) + 2


def test_a_change_in_a_tenants_schema_is_published_as_the_tables(operations: Connection) -> None:
    operations.execute("select pg_create_logical_replication_slot('by_root', 'pgoutput')")
    try:
        operations.execute(move("tenant_north.account_transactions", "t1", "north"))
        inserted = operations.execute(
            "select ('x' || encode(substring(data from 2 for 4), 'hex'))::bit(32)::integer::oid::regclass::text"
            " from pg_logical_slot_get_binary_changes('by_root', null, null, 'proto_version', '1',"
            " 'publication_names', 'atalaya') where get_byte(data, 0) = ascii('I')"
        ).fetchall()
    finally:
        operations.execute("select pg_drop_replication_slot('by_root')")
    assert inserted == [("diasporacore.account_transactions",)]


def test_a_database_of_before_the_schemas_is_refused_in_words(operations: Connection, postgres: Settings) -> None:
    operations.execute("alter schema diasporacore rename to kept")
    try:
        operations.execute("create schema diasporacore authorization operations")
        operations.execute("set role operations")
        operations.execute("create table diasporacore.users (user_id text primary key)")
        with pytest.raises(ConfigurationError, match=r"diasporacore\.users is one table for all tenants"):
            migrate(postgres)
    finally:
        operations.execute("reset role")
        operations.execute("drop schema diasporacore cascade")
        operations.execute("alter schema kept rename to diasporacore")
