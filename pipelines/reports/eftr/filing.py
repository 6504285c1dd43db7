"""Files the versions that are due: names, validation, files that nothing overwrites, and the register, in one transaction."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from contracts.jurisdictions import Jurisdiction, valid_on
from contracts.reports import Problem, report_problems
from contracts.settings import Settings
from pipelines.reports.deadlines import due_at
from pipelines.reports.eftr.build import Json, Version, complete_report, digest, report_details
from pipelines.reports.eftr.evidence import evidence_pack, with_outcome
from pipelines.reports.eftr.people import Person
from pipelines.reports.eftr.versions import Due, Plan
from pipelines.reports.register import Registered, ReportRow, Status, add_reports, drop_previews

SCHEMA = "fintrac_eftr"
ReadPeople = Callable[[list[Due]], Mapping[str, Person]]


@dataclass(frozen=True)
class Run:
    """What one run files with: the clock is injected, `snapshots` are the input's."""

    settings: Settings
    jurisdiction: Jurisdiction
    snapshots: Mapping[str, int | str]
    now: datetime

    def due_at(self, due: Due) -> datetime:
        """The deadline, UTC, counted from the day of the window."""
        rules, day = self.jurisdiction.reports["eftr"], due.report.window.day
        count = int(valid_on(rules.due_working_days, day).value)
        return due_at(day, count, self.jurisdiction.working_days, self.jurisdiction.zone).astimezone(UTC)


def carry_out(plan: Plan, run: Run, connection: psycopg.Connection, read_people: ReadPeople) -> list[ReportRow]:
    """Do what the plan says and give the rows that were added, previews included.

    Names are asked for only when something is filed. Files come first and rows last: a run that dies between them
    leaves files of versions that no row names, and the next run writes the same versions again.
    """
    people = read_people(list(plan.due)) if plan.due else {}
    filed = [row for due in plan.due if (row := _file(due, people, run)) is not None]
    withdrawn = [_withdraw(row, version, run) for row, version in plan.withdrawals]
    previews = [_row(due, run, "open", None) for due in plan.previews]
    drop_previews(connection, run.jurisdiction.regulator, "eftr")
    rows = [*filed, *withdrawn, *previews]
    add_reports(connection, rows)
    return rows


def _file(due: Due, people: Mapping[str, Person], run: Run) -> ReportRow | None:
    report = complete_report(due.facts, due.version, people, run.jurisdiction)
    problems = report_problems(SCHEMA, report)
    if problems and due.only_if_valid:
        return None
    content = _json(report)
    digests = {"facts": digest(due.facts), "file": hashlib.sha256(content).hexdigest()}
    pack = evidence_pack(due.report, due.version, run.jurisdiction, run.snapshots, digests)
    path, evidence = _paths(due.version)
    _write(run.settings.reports_directory / path, content)
    _write(run.settings.reports_directory / evidence, _json(with_outcome(pack, problems, run.now)))
    return _row(due, run, "invalid" if problems else "filed", (path, evidence, digests["file"], problems))


def _row(due: Due, run: Run, status: Status, files: tuple[str, str, str, tuple[Problem, ...]] | None) -> ReportRow:
    path, evidence, sha256, problems = files or (None, None, None, ())
    return ReportRow(
        report_id=due.version.report_id,
        regulator=run.jurisdiction.regulator,
        report_type="eftr",
        jurisdiction=run.jurisdiction.jurisdiction,
        period_start=due.report.window.start,
        period_end=due.report.window.end,
        sequence=due.version.sequence,
        status=status,
        valid=None if files is None else not problems,
        due_at=run.due_at(due),
        file_path=path,
        evidence_path=evidence,
        content_sha256=sha256,
        created_at=run.now,
        report_key=due.version.key,
        submission=due.version.submission,
        reason=due.version.reason,
        aggregation=due.report.aggregation,
        order_ids=[transfer.order.order_id for transfer in due.report.transfers],
        total_minor=due.report.total_minor,
        currency=run.jurisdiction.currency,
        facts_sha256=digest(due.facts),
    )


def _withdraw(row: Registered, version: Version, run: Run) -> ReportRow:
    """A deletion repeats the filed report with its reason; what was never filed is withdrawn without a file."""
    path = evidence = sha256 = None
    valid: bool | None = None
    if row.filed_sequence is not None:
        path, evidence = _paths(version)
        filed, _ = _paths(Version(version.key, row.filed_sequence, "submit", ""))
        report = json.loads((run.settings.reports_directory / filed).read_bytes())
        content = _json({**report, "reportDetails": report_details(version, run.jurisdiction)})
        problems, sha256 = report_problems(SCHEMA, json.loads(content)), hashlib.sha256(content).hexdigest()
        valid = not problems
        pack: Json = {
            "report_id": version.report_id,
            "submission": "delete",
            "reason": version.reason,
            "sha256": sha256,
        }
        pack |= {"input_snapshots": dict(run.snapshots), "replaces": version.replaces, "order_ids": row.order_ids}
        _write(run.settings.reports_directory / path, content)
        _write(run.settings.reports_directory / evidence, _json(with_outcome(pack, problems, run.now)))
    return ReportRow(
        report_id=version.report_id,
        regulator=run.jurisdiction.regulator,
        report_type="eftr",
        jurisdiction=run.jurisdiction.jurisdiction,
        period_start=row.period_start,
        period_end=row.period_end,
        sequence=version.sequence,
        status="withdrawn",
        valid=valid,
        due_at=row.due_at,
        file_path=path,
        evidence_path=evidence,
        content_sha256=sha256,
        created_at=run.now,
        report_key=version.key,
        submission="delete",
        reason=version.reason,
        aggregation=row.aggregation,
        order_ids=row.order_ids,
        total_minor=row.total_minor,
        currency=row.currency,
        facts_sha256=row.facts_sha256,
    )


def _paths(version: Version) -> tuple[str, str]:
    stem = f"fintrac/eftr/{version.key[:7]}/{version.key}.{version.sequence}"
    return f"{stem}.json", f"{stem}.evidence.json"


def _json(document: Json) -> bytes:
    plain: Any = json.dumps(document, indent=1, ensure_ascii=False)
    return f"{plain}\n".encode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by the platform's user only: reports carry names."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
