"""PostgreSQL: the operational database, the Iceberg catalog, the warehouse and the platform's own tables."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from contracts.errors import ConfigurationError
from contracts.settings import DATABASES, ROLES, Database, Role, Settings
from deploy.local.layout import data
from deploy.local.parts import postgres_binaries
from deploy.local.service import NOBODY, Service

_CONNECT_SECONDS = 5
_SETTINGS = {
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "wal_sender_timeout": "30s",
    "max_wal_size": "1GB",
    "shared_buffers": "192MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "120",
    "shared_preload_libraries": "pg_stat_statements",
    "password_encryption": "scram-sha-256",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_CLIENT_AUTHENTICATION = """# Passwords always, the replication protocol included.
host all all 127.0.0.1/32 scram-sha-256
host replication debezium 127.0.0.1/32 scram-sha-256
"""


def _directory(settings: Settings) -> Path:
    return data(settings, "postgres")


def _command(settings: Settings) -> Sequence[str]:
    given = _SETTINGS | {
        "listen_addresses": settings.host,
        "port": str(settings.port("postgres")),
        # Bounded, so that a forgotten stack cannot fill the disk: a slot whose reader stays away longer loses its place,
        # and Debezium then takes a fresh snapshot. The log is one for all databases, the warehouse's loads included.
        "max_slot_wal_keep_size": f"{settings.kept_wal_mib}MB",
    }
    options = [option for name, value in given.items() for option in ("-c", f"{name}={value}")]
    return [str(postgres_binaries(settings) / "postgres"), "-D", str(_directory(settings)), *options]


def _prepare(settings: Settings) -> None:
    """Make the cluster once: complete, or not at all."""
    directory = _directory(settings)
    if not (directory / "PG_VERSION").exists():
        _initialise(settings, directory)
    (directory / "pg_hba.conf").write_text(_CLIENT_AUTHENTICATION, encoding="utf-8")


def _initialise(settings: Settings, directory: Path) -> None:
    partial = directory.with_name(".postgres.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    password_file = partial.with_name(".postgres.password")
    password_file.touch(mode=0o600)
    password_file.write_text(settings.secret("postgres_atalaya").get_secret_value(), encoding="utf-8")
    root = os.geteuid() == 0
    if root:
        os.chown(partial, NOBODY, NOBODY)
        os.chown(password_file, NOBODY, NOBODY)
    try:
        made = subprocess.run(
            [
                str(postgres_binaries(settings) / "initdb"),
                *("-D", str(partial), "-U", "atalaya", "-A", "scram-sha-256", "--pwfile", str(password_file)),
                *("-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=partial.parent,
            user=NOBODY if root else None,
            group=NOBODY if root else None,
            extra_groups=[] if root else None,
        )
    finally:
        password_file.unlink()
    if made.returncode != 0:
        hint = "As root, PostgreSQL runs as 'nobody': every folder above the state must let others pass."
        raise ConfigurationError(f"initdb failed: {made.stderr.strip()[-500:]}", hint=hint)
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)


def _connect(settings: Settings, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=settings.postgres_host,
        port=settings.port("postgres"),
        user="atalaya",
        password=settings.secret("postgres_atalaya").get_secret_value(),
        dbname=database,
        connect_timeout=_CONNECT_SECONDS,
        autocommit=True,
    )


def _probe(settings: Settings) -> None:
    with _connect(settings, "postgres") as connection:
        connection.execute("SELECT 1")


def provision(settings: Settings) -> None:
    """Bring roles, databases and grants to the declared state; safe to repeat."""
    with _connect(settings, "postgres") as connection:
        known_roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES:
            _ensure_role(connection, settings, role, known=role in known_roles)
        # What it may read is granted table by table, by the owner's migrations.
        connection.execute("REVOKE operations FROM debezium")
        known_databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for database in DATABASES:
            _ensure_database(connection, database, known=database in known_databases)
        connection.execute("GRANT CONNECT ON DATABASE operations TO debezium")
        connection.execute("REVOKE CREATE ON DATABASE operations FROM debezium")
        connection.execute("GRANT CONNECT ON DATABASE warehouse TO dashboard")
    with _connect(settings, "operations") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        # Publications that an older state's connectors made: their tables' owner keeps them up to date from now on.
        connection.execute("REASSIGN OWNED BY debezium TO operations")
    with _connect(settings, "warehouse") as connection:
        # Pages read marts and the list of reports; silver's copy beside them has personal columns, tokenised or not.
        connection.execute("CREATE SCHEMA IF NOT EXISTS marts AUTHORIZATION warehouse")
        connection.execute("GRANT USAGE ON SCHEMA marts TO dashboard")
        connection.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE warehouse IN SCHEMA marts GRANT SELECT ON TABLES TO dashboard"
        )


def _ensure_role(
    connection: psycopg.Connection[tuple[object, ...]], settings: Settings, role: Role, *, known: bool
) -> None:
    # Who owns the operational database makes a role for each tenant, and can do nothing to the others.
    extra = {"atalaya": "SUPERUSER", "debezium": "REPLICATION", "operations": "CREATEROLE"}.get(role, "")
    statement = "ALTER ROLE {} LOGIN {} PASSWORD {}" if known else "CREATE ROLE {} LOGIN {} PASSWORD {}"
    password = settings.secret(f"postgres_{role}").get_secret_value()
    connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.SQL(extra), sql.Literal(password)))


def _ensure_database(connection: psycopg.Connection[tuple[object, ...]], database: Database, *, known: bool) -> None:
    name = sql.Identifier(database)
    if not known:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))


SERVICE = Service(
    name="postgres",
    command=_command,
    ports=("postgres",),
    prepare=_prepare,
    probe=_probe,
    settle=provision,
    unprivileged=True,
    stop_signal=signal.SIGINT,  # fast: roll back what is open; SIGTERM would wait for every client
)
