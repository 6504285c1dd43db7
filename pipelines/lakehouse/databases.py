"""PostgreSQL databases inside a lakehouse session, without a password in any statement."""

from __future__ import annotations

import duckdb

from contracts.settings import Database, Settings
from pipelines.lakehouse.catalog import load_extension


def attach_database(session: duckdb.DuckDBPyConnection, settings: Settings, database: Database, option: str) -> None:
    """Attach a database under its own name, as its owner; `option` is DuckDB's, such as `read_only`.

    Errors of DuckDB repeat what was attached, hence the secret in place of an address.
    """
    load_extension(session, "postgres_scanner")
    password = settings.secret(f"postgres_{database}").get_secret_value()
    session.execute(
        f"create or replace temporary secret {database} (type postgres, host ?, port ?, database ?, user ?, password ?)",
        [settings.postgres_host, settings.port("postgres"), database, database, password],
    )
    session.execute(f"attach '' as {database} (type postgres, secret {database}, {option})")
