"""API keys: kept as hashes, compared in constant time, each with the scopes it may use."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from psycopg import Connection

from serving.platform.database import Pool
from serving.platform.problems import ForbiddenError, UnauthorisedError

Scope = Literal["decisions:write", "decisions:read", "credit:write", "credit:read", "alerts:read", "reports:read"]
ALL_SCOPES: tuple[Scope, ...] = get_args(Scope)

DEMO_CLIENT = "demo"
_REFRESH_SECONDS = 5.0  # how long a revoked key may still work

api_key_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The caller's key.")


@dataclass(frozen=True)
class Client:
    """A caller and what it may do."""

    client_id: str
    key_sha256: str
    scopes: frozenset[str]


def key_digest(key: str) -> str:
    """SHA-256 of a key, hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def ensure_client(connection: Connection[Any], client_id: str, key: str, scopes: Sequence[Scope]) -> None:
    """Create a caller, or give it this key and these scopes."""
    connection.execute(
        "insert into api_clients (client_id, key_sha256, scopes) values (%s, %s, %s) "
        "on conflict (client_id) do update set key_sha256 = excluded.key_sha256, scopes = excluded.scopes "
        "where (api_clients.key_sha256, api_clients.scopes) is distinct from (excluded.key_sha256, excluded.scopes)",
        (client_id, key_digest(key), list(scopes)),
    )


class ClientDirectory:
    """The callers, read again from the database when older than a few seconds."""

    def __init__(self, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._read_at = float("-inf")
        self._clients: tuple[Client, ...] = ()
        self._reading: asyncio.Task[None] | None = None

    async def identify(self, key: str | None) -> Client:
        """The caller of that key; raises UnauthorisedError for none or an unknown one."""
        if not key:
            raise UnauthorisedError("The request has no API key.", hint="Send it in the header X-API-Key.")
        if self._clock() - self._read_at > _REFRESH_SECONDS:
            await self._read_once()
        given, found = key_digest(key), None
        for client in self._clients:
            if hmac.compare_digest(client.key_sha256, given):
                found = client
        if found is None:
            raise UnauthorisedError("The API key is not known.")
        return found

    async def _read_once(self) -> None:
        """Whoever comes while the callers are read waits for the same reading."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        await asyncio.shield(self._reading)

    async def _read(self) -> None:
        async with self._pool.connection() as connection:
            rows = await connection.execute("select client_id, key_sha256, scopes from api_clients where enabled")
            self._clients = tuple(
                Client(row["client_id"], row["key_sha256"], frozenset(row["scopes"])) for row in await rows.fetchall()
            )
        self._read_at = self._clock()


def requires(scope: Scope) -> Any:  # noqa: ANN401 - FastAPI's own class for a dependency is untyped
    """A dependency of an endpoint that lets only callers with a scope through, and tells the audit who called."""

    async def check(request: Request, key: Annotated[str | None, Security(api_key_header)]) -> None:
        client = await request.app.state.platform.clients.identify(key)
        request.state.client_id = client.client_id
        if scope not in client.scopes:
            raise ForbiddenError(f"The key may not use {scope}.", hint="Ask for the scope to be added to the client.")

    return Depends(check)
