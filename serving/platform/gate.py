"""What every request passes: the size limit, the clock, the audit and the counters."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.platform.audit import Access
from serving.platform.metrics import REQUESTS, SECONDS
from serving.platform.problems import problem_response

MAXIMUM_BODY_BYTES = 64 * 1024  # a movement is below 2 KiB
_TOO_LARGE = f"A body may have {MAXIMUM_BODY_BYTES} bytes."
_UNAUDITED = ("/health", "/ready", "/metrics", "/docs", "/openapi.json")


class Gate:
    """Pure ASGI, because a wrapping middleware costs more than the rest of the request."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request, started = Request(scope), time.perf_counter()
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._within_limit(request, receive, watched_send)
        finally:
            self._note(request, status, time.perf_counter() - started)

    async def _within_limit(self, request: Request, receive: Receive, send: Send) -> None:
        taken = 0

        async def counted_receive() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAXIMUM_BODY_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
            return message

        declared = request.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > MAXIMUM_BODY_BYTES:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            await problem_response(status, _TOO_LARGE, status.name.lower())(request.scope, receive, send)
            return
        await self._application(request.scope, counted_receive, send)

    @staticmethod
    def _note(request: Request, status: int, seconds: float) -> None:
        route = getattr(request.scope.get("route"), "path", "unknown")
        REQUESTS.labels(route, str(status)).inc()
        SECONDS.labels(route).observe(seconds)
        if route in _UNAUDITED or route == "unknown":
            return
        request.app.state.platform.audit.note(
            Access(
                client_id=getattr(request.state, "client_id", None),
                action=f"{request.method} {route}",
                subject_id=getattr(request.state, "subject_id", None),
                status=status,
                at=datetime.now(UTC),
            )
        )
