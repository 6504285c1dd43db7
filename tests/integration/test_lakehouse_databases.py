"""PostgreSQL inside a lakehouse session: it works, and no password is in what a session says."""

from __future__ import annotations

import duckdb
import psycopg
import pytest

from cli.flow.engines import open_engines
from contracts.errors import InvalidInputError
from contracts.settings import Settings
from pipelines.lakehouse.databases import attach_database

pytestmark = pytest.mark.integration


def test_tables_of_the_platform_are_read_beside_the_lakehouse_and_not_written(postgres: Settings) -> None:
    with psycopg.connect(postgres.database_url("platform"), autocommit=True) as connection:
        connection.execute("create table if not exists public.seen as select 7 as number")
    with open_engines(postgres) as engines:
        assert engines.ask("lakehouse", "select number from platform.seen") == [(7,)]
        with pytest.raises(InvalidInputError, match="read-only"):
            engines.ask("lakehouse", "delete from platform.seen")


@pytest.mark.parametrize(("engine", "place"), [("lakehouse", "?"), ("platform", "%s")])
def test_a_value_from_outside_is_a_value_and_no_sql(postgres: Settings, engine: str, place: str) -> None:
    strange = "o'hara; drop table x"
    with open_engines(postgres) as engines:
        assert engines.ask(engine, f"select {place}::varchar", [strange]) == [(strange,)]
        assert engines.ask(engine, "select '100%'") == [("100%",)]


def test_a_failed_connection_does_not_tell_the_password(postgres: Settings) -> None:
    nobody_there = postgres.model_copy(update={"port_base": 1})
    password = postgres.secret("postgres_warehouse").get_secret_value()
    with duckdb.connect() as session:
        with pytest.raises(duckdb.Error) as raised:
            attach_database(session, nobody_there, "warehouse", "read_only")
        assert password not in str(raised.value)
        assert "refused" in str(raised.value)
        assert password not in str(session.execute("from duckdb_secrets()").fetchall())
