"""Asking the platform's engines in SQL: its PostgreSQL databases, and the lakehouse through DuckDB."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from contracts.errors import InvalidInputError
from contracts.settings import Database, Settings

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake

Engine = Literal["operations", "platform", "warehouse", "mlflow", "lakehouse"]
ENGINES: tuple[Engine, ...] = ("operations", "platform", "warehouse", "mlflow", "lakehouse")
Rows = list[tuple[Any, ...]]

_TABLE = re.compile(r"\b((?:bronze|silver|features|quarantine)\.[a-z][a-z0-9_]*)\b")

# The events of bronze with the moment from which a reader of the lakehouse could see each of them.
COMMITS = "commits.events"
# The platform's own database, for questions that join what was told with what happened.
PLATFORM = "platform."


def ask(settings: Settings, engine: str, sql: str) -> Rows:
    """The rows of a read-only query.

    Tables of the lakehouse go by their names (`silver.transactions`), as of now; `commits.events` adds to
    `bronze.events` the moment of each row's commit, and `platform.decisions` and its like are the platform's tables. Raises InvalidInputError for an unknown engine and
    NotFoundError for a table that the lakehouse does not have.
    """
    if engine == "lakehouse":
        return _ask_lakehouse(settings, sql)
    if engine not in ENGINES:
        raise InvalidInputError(f"{engine!r} is none of {', '.join(ENGINES)}", field="engine")
    return _ask_postgres(settings, engine, sql)  # type: ignore[arg-type]


def _ask_postgres(settings: Settings, database: Database, sql: str) -> Rows:
    import psycopg

    with psycopg.connect(settings.database_url(database)) as connection:
        connection.read_only = True
        return connection.execute(sql.encode()).fetchall()


def _ask_lakehouse(settings: Settings, sql: str) -> Rows:
    from pipelines.lakehouse.catalog import open_lake

    with open_lake(settings, "postgres_scanner") as lake:
        lake.attach(*sorted(set(_TABLE.findall(sql))))
        if COMMITS in sql:
            _attach_commits(lake)
        if PLATFORM in sql:
            _attach_platform(lake, settings)
        return lake.session.execute(sql).fetchall()


def _attach_commits(lake: Lake) -> None:
    """Iceberg v2 keeps no snapshot with a row; the row's data file leads to the snapshot that brought it."""
    inspect = lake.catalog.load_table("bronze.events").inspect
    entries = inspect.entries().select(["snapshot_id", "data_file"]).to_pylist()
    committed = {row["snapshot_id"]: row["committed_at"] for row in inspect.snapshots().to_pylist()}
    files = [
        ("/" + entry["data_file"]["file_path"].removeprefix("file:").lstrip("/"), committed[entry["snapshot_id"]])
        for entry in entries
        if entry["snapshot_id"] in committed
    ]
    session = lake.session
    session.execute("create schema commits; create table commits.files (path varchar, committed_at timestamp)")
    session.executemany("insert into commits.files values (?, ?)", files)
    session.execute("set variable files = (select list(path) from commits.files)")
    session.execute(
        "create view commits.events as select e.topic, e.value, e.arrived_at, f.committed_at"
        " from read_parquet(getvariable('files'), filename = true) e join commits.files f on f.path = e.filename"
    )


def _attach_platform(lake: Lake, settings: Settings) -> None:
    address = settings.database_url("platform")
    lake.session.execute(f"attach '{address}' as platform (type postgres, read_only)")
