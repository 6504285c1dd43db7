"""The register of reports in the platform database: what was filed, in which version, and what is still open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from contracts.errors import ConfigurationError
from contracts.settings import Settings

Status = Literal["open", "filed", "invalid", "withdrawn"]

LATEST = """
select distinct on (report_key)
    report_id, report_key, sequence, status, facts_sha256, order_ids, file_path, period_start, period_end, due_at,
    aggregation, total_minor, currency,
    (select max(f.sequence) from reports f where f.report_key = r.report_key and f.status = 'filed'
      and f.sequence > coalesce((select max(w.sequence) from reports w
                                 where w.report_key = r.report_key and w.status = 'withdrawn'), 0)) as filed_sequence
from reports r
where regulator = %s and report_type = %s and sequence > 0
order by report_key, sequence desc
"""


@dataclass(frozen=True)
class Registered:
    """The newest version of one report; `filed_sequence` is the version that the regulator has, if any."""

    report_id: str
    report_key: str
    sequence: int
    status: Status
    facts_sha256: str
    order_ids: list[str]
    file_path: str | None
    period_start: datetime
    period_end: datetime
    due_at: datetime
    aggregation: str
    total_minor: int
    currency: str
    filed_sequence: int | None


@dataclass(frozen=True)
class ReportRow:
    """One row of `reports`; paths are relative to `settings.reports_directory`."""

    report_id: str
    regulator: str
    report_type: str
    jurisdiction: str
    period_start: datetime
    period_end: datetime
    sequence: int
    status: Status
    valid: bool | None
    due_at: datetime
    file_path: str | None
    evidence_path: str | None
    content_sha256: str | None
    created_at: datetime
    report_key: str
    submission: str
    reason: str
    aggregation: str
    order_ids: list[str]
    total_minor: int
    currency: str
    facts_sha256: str


@contextmanager
def open_register(settings: Settings) -> Iterator[psycopg.Connection]:
    """One transaction on the register; a second one waits, so that two runs never give one sequence to two versions.

    Raises ConfigurationError before the platform's tables exist.
    """
    with psycopg.connect(settings.database_url("platform")) as connection:
        if connection.execute("select to_regclass('reports')").fetchone() == (None,):
            raise ConfigurationError(
                "The platform database has no register of reports.",
                hint="Start the recorder or the API once: both apply serving/schema.",
            )
        connection.execute("select pg_advisory_xact_lock(hashtext('atalaya.reports'))")
        yield connection


def latest_versions(connection: psycopg.Connection, regulator: str, report_type: str) -> dict[str, Registered]:
    """The newest registered version of every report, by key; open previews are none."""
    with connection.cursor(row_factory=class_row(Registered)) as cursor:
        return {row.report_key: row for row in cursor.execute(LATEST, [regulator, report_type])}


def add_reports(connection: psycopg.Connection, rows: Iterable[ReportRow]) -> None:
    """Register new versions; raises psycopg's UniqueViolation for one that exists."""
    names = [field.name for field in fields(ReportRow)]
    statement = sql.SQL("insert into reports ({}) values ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [asdict(row) for row in rows])


def drop_previews(connection: psycopg.Connection, regulator: str, report_type: str) -> None:
    """Forget the previews of open windows, before new ones are added."""
    connection.execute(
        "delete from reports where regulator = %s and report_type = %s and sequence = 0", [regulator, report_type]
    )


def read_register(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Every row, for the copy that dashboards read."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from reports order by report_id").fetchall()
