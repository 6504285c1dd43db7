"""HTTP: the register of regulator reports, and the files as they were filed."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import NotFoundError
from serving.platform.auth import requires
from serving.platform.listing import Listing
from serving.platform.pages import After, Limit, read_cursor
from serving.platform.problems import responses
from serving.platform.texts import Text

router = APIRouter(prefix="/v1/reports", tags=["reports"])


class Report(BaseModel):
    """One version of a report; a filed version never changes."""

    report_id: str
    regulator: str = Field(examples=["FINTRAC"])
    report_type: str = Field(examples=["eftr"])
    jurisdiction: str
    period_start: datetime
    period_end: datetime
    sequence: int = Field(description="Version; 0 is the preview of a window that is still open")
    status: Literal["open", "filed", "invalid", "withdrawn"]
    valid: bool | None = Field(description="Whether it holds its regulator's schema; null before it was judged")
    due_at: datetime
    content_sha256: str | None
    created_at: datetime


class ReportPage(BaseModel):
    """Reports, newest first."""

    reports: list[Report]
    next_cursor: str | None = Field(description="Send as `cursor` for the next page; null at the end")


_COLUMNS = tuple(Report.model_fields)
_LISTING = Listing(table="reports", columns=_COLUMNS, moment="created_at", name="report_id")


class ReportFilters(BaseModel):
    """What a report must be to be listed; filters that are left out let everything through."""

    model_config = ConfigDict(extra="forbid")

    regulator: Text | None = None
    report_type: Text | None = None
    jurisdiction: Annotated[str | None, Field(pattern="^[A-Z]{2}$")] = None
    status: Literal["open", "filed", "invalid", "withdrawn"] | None = None
    limit: Limit = 50
    cursor: After = None


@router.get("", summary="List reports", responses=responses(), dependencies=[requires("reports:read")])
async def list_reports(request: Request, filters: Annotated[ReportFilters, Query()]) -> ReportPage:
    """Reports that match every filter given, newest first, page by page."""
    equal = filters.model_dump(include={"regulator", "report_type", "jurisdiction", "status"})
    pool = request.app.state.platform.pool
    rows, following = await _LISTING.page(pool, equal, (None, None), read_cursor(filters.cursor), filters.limit)
    reports = [Report(**row) for row in rows]
    return ReportPage(reports=reports, next_cursor=following.text() if following else None)


@router.get(
    "/{report_id}",
    summary="Read one report's entry",
    responses=responses(HTTPStatus.NOT_FOUND),
    dependencies=[requires("reports:read")],
)
async def read_report(request: Request, report_id: Text) -> Report:
    """One version of a report as it stands in the register."""
    row = await _find(request, report_id)
    return Report(**{name: row[name] for name in _COLUMNS})


@router.get(
    "/{report_id}/file",
    summary="Download a report",
    response_class=FileResponse,
    dependencies=[requires("reports:read")],
    responses=responses(HTTPStatus.NOT_FOUND),
)
async def download_report(request: Request, report_id: Text) -> FileResponse:
    """The file byte by byte as it was filed; its SHA-256 is in the register and in the header `X-Content-SHA256`."""
    row = await _find(request, report_id)
    directory: Path = request.app.state.platform.settings.reports_directory.resolve()
    path = (directory / (row["file_path"] or "")).resolve()
    if not row["file_path"] or not path.is_relative_to(directory) or not path.is_file():
        raise NotFoundError(f"Report {report_id!r} has no file.")
    return FileResponse(path, filename=path.name, headers={"X-Content-SHA256": row["content_sha256"] or ""})


async def _find(request: Request, report_id: str) -> dict[str, Any]:
    request.state.subject_id = report_id
    columns = sql.SQL(", ").join(map(sql.Identifier, (*_COLUMNS, "file_path")))
    query = sql.SQL("select {} from reports where report_id = %s").format(columns)
    async with request.app.state.platform.pool.connection() as connection:
        row = await (await connection.execute(query, (report_id,))).fetchone()
    if row is None:
        raise NotFoundError(f"There is no report {report_id!r}.")
    return dict(row)
