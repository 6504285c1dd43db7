"""What every request passes: the limits on size and number, the clock, the audit and the counters."""

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
# A process answers a few hundred a second: whoever would be the hundredth to wait would wait longer than a decision may take. Taken in all
# the same, each is answered when nobody listens any more: at 300 a second on a slow machine, none of 6,000 was in time.
MAXIMUM_AT_ONCE = 100
_TOO_MANY = f"{MAXIMUM_AT_ONCE} requests are being answered."
_UNAUDITED = ("/health", "/ready", "/metrics", "/docs", "/openapi.json")


class Gate:
    """Pure ASGI, because a wrapping middleware costs more than the rest of the request."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._at_once = 0

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

        self._at_once += 1
        try:
            await self._within_limits(request, receive, watched_send)
        finally:
            self._at_once -= 1
            self._note(request, status, time.perf_counter() - started)

    async def _within_limits(self, request: Request, receive: Receive, send: Send) -> None:
        taken = 0

        async def counted_receive() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAXIMUM_BODY_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
            return message

        if self._at_once > MAXIMUM_AT_ONCE and request.url.path not in _UNAUDITED:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            answer = problem_response(status, _TOO_MANY, "transient", hint="Ask again in a second.")
            await answer(request.scope, receive, send)
            return
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
