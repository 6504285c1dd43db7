"""Errors as RFC 9457 problem+json: one shape, a stable `type`, and the field to correct where there is one."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from contracts.errors import AtalayaError, InvalidInputError, PermanentError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "ApiKey"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},  # RFC 9110, 10.2.3
}


class Problem(BaseModel):
    """What every error answer holds."""

    type: str = Field(description="Stable name of the kind of error", examples=["invalid_input"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(description="For a person to read", examples=["amount_minor: -5 is less than the minimum of 1"])
    field: str | None = Field(
        default=None, description="Dotted path of the field to correct", examples=["amount_minor"]
    )
    hint: str | None = Field(default=None, description="The next step", examples=["Amounts are in minor units."])


class UnauthorisedError(PermanentError):
    """The caller is not known."""

    status = HTTPStatus.UNAUTHORIZED


class ForbiddenError(PermanentError):
    """The caller is known and may not do this."""

    status = HTTPStatus.FORBIDDEN


class ConflictError(PermanentError):
    """The same key was used for something else before."""

    status = HTTPStatus.CONFLICT


def responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the errors that an endpoint can answer, beside those that all can."""
    always = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        int(status): {"description": status.phrase, "model": Problem, "content": {MEDIA_TYPE: schema}}
        for status in (*always, *statuses)
    }


def problem_response(status: int, detail: str, kind: str, **more: str | None) -> JSONResponse:
    """One problem as an answer; fields without a value are left out."""
    problem = Problem(type=kind, title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    headers = _HEADERS.get(HTTPStatus(status))
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def add_problem_handlers(application: FastAPI) -> None:
    """Answer every error as a problem; what nobody foresaw is logged and says nothing of the inside."""
    application.add_exception_handler(AtalayaError, _known)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _http)
    for error in (psycopg.OperationalError, PoolTimeout):
        application.add_exception_handler(error, _away)
    application.add_exception_handler(Exception, _unforeseen)


async def _known(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AtalayaError)  # noqa: S101 - registered for this class
    kind = type(error).__name__.removesuffix("Error")
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("_")
    field = error.field if isinstance(error, InvalidInputError) else None
    return problem_response(error.status, error.message, name, field=field, hint=error.hint or None)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if part not in {"body", "query", "path", "header"}]
    field = ".".join(path) or "body"
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {first['msg']}", "invalid_input", field=field)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    kind = HTTPStatus(error.status_code).name.lower()
    return problem_response(error.status_code, str(error.detail), kind)


async def _away(_request: Request, error: Exception) -> JSONResponse:
    logger.warning("the database is away: %s", type(error).__name__)
    detail = "The database does not answer."
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail, "transient", hint="Try again in a moment.")


async def _unforeseen(_request: Request, error: Exception) -> JSONResponse:
    logger.error("unforeseen error", exc_info=error)
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed inside.", "internal")
