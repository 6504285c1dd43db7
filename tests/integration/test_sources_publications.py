"""Change capture on a real PostgreSQL: what is published is what is declared, and its role can do no more than read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from contracts.capture import EVENTS, HEARTBEAT_TABLE, OUTBOX_DAYS, ROWS, SLOTS, captured_tables
from contracts.errors import ConfigurationError, TransientError
from contracts.settings import Role, Settings
from contracts.tables import load_systems
from deploy.local.services.postgres import provision
from pipelines.landing.configurations import connector_configurations
from pipelines.landing.housekeeping import clean_outboxes, delete_old
from pipelines.landing.progress import check_tables
from sources.migrations import migrate

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[Any]


@pytest.fixture
def reader(postgres: Settings) -> Iterator[Connection]:
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations", "debezium"), autocommit=True) as connection:
        yield connection


def published(settings: Settings) -> dict[str, set[str]]:
    with psycopg.connect(settings.database_url("operations")) as connection:
        rows = connection.execute(
            "select pubname, schemaname || '.' || tablename from pg_publication_tables"
        ).fetchall()
    return {name: {table for publication, table in rows if publication == name} for name in SLOTS.values()}


def declared() -> dict[str, set[str]]:
    return {SLOTS[connector]: set(captured_tables(connector)) for connector in SLOTS}


def as_role(settings: Settings, role: Role, statement: str) -> None:
    with psycopg.connect(settings.database_url("operations", role), autocommit=True) as connection:
        connection.execute(statement.encode())


def test_every_captured_table_is_published_where_its_connector_reads(postgres: Settings) -> None:
    for _ in range(2):
        migrate(postgres)
        assert published(postgres) == declared()
    check_tables(postgres)


def test_a_table_that_was_declared_later_joins_its_publication(postgres: Settings) -> None:
    migrate(postgres)
    as_role(postgres, "operations", "alter publication atalaya drop table finflow.payments")
    with pytest.raises(ConfigurationError, match=r"does not publish finflow\.payments"):
        check_tables(postgres)
    migrate(postgres)
    assert published(postgres) == declared()


@pytest.mark.parametrize("connector", [ROWS, EVENTS])
def test_the_connectors_role_replicates_reads_and_beats(reader: Connection, postgres: Settings, connector: str) -> None:
    for table in captured_tables(connector):
        reader.execute(f"select * from {table} limit 1".encode())
    reader.execute("select pg_create_logical_replication_slot('test_slot', 'pgoutput', true)")
    reader.execute(connector_configurations(postgres)[connector]["heartbeat.action.query"].encode())
    (changes,) = reader.execute(
        "select count(*) from pg_logical_slot_peek_binary_changes('test_slot', null, null, 'proto_version', '1',"
        " 'publication_names', %s)",
        [SLOTS[connector]],
    ).fetchone() or (0,)
    assert changes > 0
    reader.execute("select pg_drop_replication_slot('test_slot')")


@pytest.mark.parametrize(
    "statement",
    [
        "update diasporacore.accounts set status = 'closed'",
        "insert into diasporacore.outbox (topic, key, envelope) values ('t', 'k', '{}')",
        "delete from finflow.payments",
        f"delete from {HEARTBEAT_TABLE}",
        "drop table diasporacore.accounts",
        "alter publication atalaya drop table diasporacore.accounts",
        "create schema elsewhere",
    ],
)
def test_the_connectors_role_changes_nothing(reader: Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        reader.execute(statement.encode())


def test_outboxes_are_not_cleaned_while_nobody_reads_them(postgres: Settings, reader: Connection) -> None:
    add = "insert into diasporacore.outbox (topic, key, envelope, created_at) values ('t', 'k', '{}', now() - interval '%s days')"
    as_role(postgres, "operations", "truncate diasporacore.outbox, finflow.outbox")
    for age in (OUTBOX_DAYS - 1, OUTBOX_DAYS + 1):
        as_role(postgres, "operations", add % age)
    with pytest.raises(TransientError, match="does not exist"):
        clean_outboxes(postgres)
    reader.execute("select pg_create_logical_replication_slot(%s, 'pgoutput')", [SLOTS[EVENTS]])
    try:
        with pytest.raises(TransientError, match="has no reader"):
            clean_outboxes(postgres)
    finally:
        reader.execute("select pg_drop_replication_slot(%s)", [SLOTS[EVENTS]])
    with psycopg.connect(postgres.database_url("operations")) as connection:
        assert delete_old(connection) == {system.app: int(system.app == "diasporacore") for system in load_systems()}
        assert connection.execute("select count(*) from diasporacore.outbox").fetchone() == (1,)


def test_publications_that_connectors_made_are_taken_over(postgres: Settings) -> None:
    """A state of before: the role was a member of the owner's and had made the publications itself."""
    migrate(postgres)
    as_role(postgres, "operations", "drop publication atalaya")
    as_role(postgres, "atalaya", "grant operations to debezium")
    as_role(postgres, "atalaya", "grant create on database operations to debezium")
    as_role(postgres, "debezium", f"create publication atalaya for table {HEARTBEAT_TABLE}")
    provision(postgres)
    migrate(postgres)
    assert published(postgres) == declared()
    with pytest.raises(InsufficientPrivilege):
        as_role(postgres, "debezium", "delete from diasporacore.accounts")
    with pytest.raises(InsufficientPrivilege):
        as_role(postgres, "debezium", "create schema elsewhere")
