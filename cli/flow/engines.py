"""Asking the platform's engines in SQL: its PostgreSQL databases, and the lakehouse through DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from contracts.errors import InvalidInputError, TransientError
from contracts.lakehouse import LAYERS
from contracts.settings import Database, Settings

if TYPE_CHECKING:
    import psycopg

    from pipelines.lakehouse.catalog import Lake

Engine = Literal["operations", "platform", "warehouse", "mlflow", "lakehouse"]
ENGINES: tuple[Engine, ...] = ("operations", "platform", "warehouse", "mlflow", "lakehouse")
Rows = list[tuple[Any, ...]]

_TABLE = re.compile(rf"\b((?:{'|'.join(LAYERS)})\.[a-z][a-z0-9_]*)\b")

# The events of bronze with the moment from which a reader of the lakehouse could see each of them.
COMMITS = "commits.events"
# The platform's own database, for questions that join what was told with what happened.
PLATFORM = "platform."


class Engines:
    """Answers questions in SQL; each engine is opened at the first question to it. Made by `open_engines`.

    The lakehouse is seen as it was at `as_of`, without it as it was at a table's first question.
    """

    def __init__(self, settings: Settings, stack: ExitStack, as_of: datetime | None = None) -> None:
        self._settings = settings
        self._stack = stack
        self._as_of = as_of
        self._connections: dict[str, psycopg.Connection[Any]] = {}
        self._attached: set[str] = set()

    def ask(self, engine: str, sql: str, parameters: Sequence[object] = ()) -> Rows:
        """The rows of a read-only query; `parameters` stand for `?` in the lakehouse and for `%s` elsewhere.

        Tables of the lakehouse go by their names (`silver.transactions`); `commits.events` adds to `bronze.events` the
        moment of each row's commit, and `platform.decisions` and its like are the platform's tables. Raises
        InvalidInputError for an unknown engine and for the past of what keeps none, and NotFoundError for a table that
        the lakehouse does not have, or did not have at the moment asked for.
        """
        if engine == "lakehouse":
            return self._ask_lakehouse(sql, parameters)
        if engine not in ENGINES:
            raise InvalidInputError(f"{engine!r} is none of {', '.join(ENGINES)}", field="engine")
        self._refuse_past(engine)
        return self._ask_postgres(engine, sql, parameters)  # type: ignore[arg-type]

    def _ask_postgres(self, database: Database, sql: str, parameters: Sequence[object]) -> Rows:
        import psycopg

        try:
            if database not in self._connections:
                connection = psycopg.connect(self._settings.database_url(database), autocommit=True)
                connection.read_only = True
                self._connections[database] = self._stack.enter_context(connection)
            return self._connections[database].execute(sql.encode(), parameters or None).fetchall()
        except psycopg.OperationalError as error:
            raise _away(error) from error
        except psycopg.DatabaseError as error:
            raise InvalidInputError(str(error), field="sql") from error

    def _ask_lakehouse(self, sql: str, parameters: Sequence[object]) -> Rows:
        from sqlalchemy.exc import OperationalError

        from pipelines.lakehouse.databases import attach_database

        for name in (COMMITS, PLATFORM):
            if name in sql:
                self._refuse_past(name)
        try:
            lake = self._lake
        except OperationalError as error:
            raise _away(error) from error
        wanted = set(_TABLE.findall(sql))
        lake.attach(*sorted(wanted - self._attached), as_of=self._as_of)
        if COMMITS in sql and COMMITS not in self._attached:
            _attach_commits(lake)
            wanted.add(COMMITS)
        if PLATFORM in sql and PLATFORM not in self._attached:
            attach_database(lake.session, self._settings, "platform", "read_only")
            wanted.add(PLATFORM)
        self._attached |= wanted
        return _fetch(lake, sql, parameters)

    def _refuse_past(self, what: str) -> None:
        if self._as_of:
            raise InvalidInputError(f"{what.rstrip('.')} keeps no past, only the lakehouse's tables do", field="as_of")

    @cached_property
    def _lake(self) -> Lake:
        from pipelines.lakehouse.catalog import open_lake

        return self._stack.enter_context(open_lake(self._settings))


def _away(error: Exception) -> TransientError:
    first = str(error).splitlines()[0]
    return TransientError(f"PostgreSQL does not answer: {first}", hint="'./atalaya status' shows what runs.")


def _fetch(lake: Lake, sql: str, parameters: Sequence[object]) -> Rows:
    import duckdb

    try:
        return lake.session.execute(sql, parameters or None).fetchall()
    except (duckdb.ProgrammingError, duckdb.DataError) as error:
        raise InvalidInputError(str(error), field="sql") from error


@contextmanager
def open_engines(settings: Settings, as_of: datetime | None = None) -> Iterator[Engines]:
    """The engines of one platform, for the length of a `with`; with `as_of`, the lakehouse as readers saw it then."""
    with ExitStack() as stack:
        yield Engines(settings, stack, as_of)


def ask(settings: Settings, engine: str, sql: str, as_of: datetime | None = None) -> Rows:
    """The rows of one read-only query; see `Engines.ask`."""
    with open_engines(settings, as_of) as engines:
        return engines.ask(engine, sql)


def _attach_commits(lake: Lake) -> None:
    """Iceberg v2 keeps no snapshot with a row; the row's data file leads to the snapshot that brought it.

    Rows that were compacted since are left out: their file's snapshot is a later one.
    """
    from pipelines.lakehouse.care.replacement import COMPACTED_FILES

    inspect = lake.catalog.load_table("bronze.events").inspect
    entries = inspect.entries().select(["snapshot_id", "data_file"]).to_pylist()
    committed = {
        row["snapshot_id"]: row["committed_at"]
        for row in inspect.snapshots().to_pylist()
        if COMPACTED_FILES not in dict(row["summary"])
    }
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
