"""Is it alive, and can it do its work: readiness is found out by doing, part by part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from serving.api.state import Platform

router = APIRouter(tags=["platform"])

_SECONDS = 2.0


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Each part by name: `ok`, or what is wrong with it."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str] = Field(examples=[{"postgres": "ok", "kafka": "ok", "valkey": "ok", "champion": "ok"}])


@router.get("/health", summary="Is the process alive")
async def health() -> Health:
    """Answers as long as the process can."""
    return Health()


@router.get("/ready", summary="Can it do its work", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    """Queries PostgreSQL, asks Kafka for its topics and Valkey for a ping.

    `champion` says `not published` before the first training; decisions then rest on rules, so this alone is no fault.
    """
    platform: Platform = request.app.state.platform
    needed: dict[str, Callable[[], Awaitable[object]]] = {
        "postgres": lambda: _query(platform),
        "kafka": platform.exchange.check,
        "valkey": platform.online.ping,
    }
    found = await asyncio.gather(*(_attempt(check) for check in needed.values()))
    checks = dict(zip(needed, found, strict=True))
    good = all(answer == "ok" for answer in checks.values())
    checks["champion"] = "ok" if platform.fraud.current() else "not published"
    if not good:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(status="ready" if good else "not_ready", checks=checks)


async def _query(platform: Platform) -> None:
    async with platform.pool.connection(timeout=_SECONDS) as connection:
        await connection.execute("select 1 from decisions limit 1")


async def _attempt(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part is what the caller asked for
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no detail'}"[:200]
    return "ok"
