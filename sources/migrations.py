"""Brings the `operations` database to what contracts and sources/sql declare: `python -m sources.migrations`, any number of times."""

from __future__ import annotations

import logging
from decimal import Decimal
from pathlib import Path

import psycopg

from contracts.errors import ConfigurationError
from contracts.money import load_currencies, load_rates
from contracts.settings import Settings, load_settings
from contracts.tables import Table, load_systems
from sources.ddl import table_statements
from sources.event_checks import check_statements
from sources.publications import grant_statements, publication_statements

SQL = Path(__file__).parent / "sql"

_LOCK = 4_112_026  # pg_advisory_xact_lock: two migrations wait for each other

log = logging.getLogger(__name__)

Connection = psycopg.Connection[tuple[object, ...]]


def migrate(settings: Settings) -> None:
    """Apply everything in one transaction, as the database's owner.

    Raises ConfigurationError when a declaration cannot be applied to the rows that are there.
    """
    with psycopg.connect(settings.database_url("operations")) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute("set local client_min_messages = warning")
        _apply_files(connection, "0*.sql")
        _load_reference(connection)
        for system in load_systems():
            connection.execute(f"create schema if not exists {system.schema_name}".encode())
            connection.execute("select cdc_control.create_outbox(%s)", [system.schema_name])
            for table in system.tables:
                _apply_table(connection, table)
        for statement in check_statements():
            connection.execute(statement.encode())
        _apply_files(connection, "[1-9]*.sql")
        connection.execute("select tenancy.readmit()")
        _publish(connection)
    log.info("operations is at its declaration")


def _apply_files(connection: Connection, pattern: str) -> None:
    for path in sorted(SQL.glob(pattern)):
        connection.execute(path.read_bytes())


def _publish(connection: Connection) -> None:
    existing = frozenset(str(name) for (name,) in connection.execute("select pubname from pg_publication"))
    for statement in (*publication_statements(existing), *grant_statements()):
        connection.execute(statement.encode())


def _apply_table(connection: Connection, table: Table) -> None:
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s",
        [table.schema_name, table.name],
    )
    existing = frozenset(str(name) for (name,) in rows)
    if existing and table.scope == "tenant":
        _verify_partitioned(connection, table)
    for statement in table_statements(table, existing):
        try:
            connection.execute(statement.encode())
        except psycopg.errors.IntegrityError as error:
            raise ConfigurationError(
                f"{table.schema_name}.{table.name} has rows that its declaration does not allow: {error.diag.message_primary}",
                hint=f"Give the new column a default or declare it optional. Statement: {statement}",
            ) from error


def _verify_partitioned(connection: Connection, table: Table) -> None:
    """A plain table cannot become a partitioned one in place; such a database is of before tenants had schemas."""
    name = f"{table.schema_name}.{table.name}"
    found = connection.execute("select relkind = 'p' from pg_class where oid = %s::regclass", [name]).fetchone()
    if found != (True,):
        raise ConfigurationError(
            f"{name} is one table for all tenants, and its declaration says a schema for each.",
            hint="This database is of an older version, which cannot be brought to this one: start with a new state.",
        )


def _load_reference(connection: Connection) -> None:
    digits = load_currencies()
    rates = [
        (
            rate.rate_id,
            rate.currency,
            rate.valid_from,
            rate.usd_per_unit,
            Decimal(10) ** digits[rate.currency],
            rate.usd_per_unit.scaleb(2 - digits[rate.currency]),
        )
        for rate in load_rates()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into reference.currencies (currency, minor_digits) values (%s, %s) "
            "on conflict (currency) do update set minor_digits = excluded.minor_digits",
            list(digits.items()),
        )
        cursor.executemany(
            "insert into reference.rates "
            "(rate_id, currency, valid_from, usd_per_unit, minor_per_unit, usd_cents_per_minor) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (rate_id) do update set "
            "(usd_per_unit, minor_per_unit, usd_cents_per_minor) = "
            "(excluded.usd_per_unit, excluded.minor_per_unit, excluded.usd_cents_per_minor)",
            rates,
        )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    migrate(load_settings())
