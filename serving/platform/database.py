"""The platform database as the API uses it: a pool of asynchronous connections, opened whether it is there or not."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from contracts.settings import Settings

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

_CONNECTIONS = 8
_WAIT_SECONDS = 5.0


def open_pool(settings: Settings) -> Pool:
    """A closed pool; `await pool.open()` starts it. Each statement is its own transaction unless one is opened."""
    keywords: dict[str, Any] = {"autocommit": True, "row_factory": dict_row, "connect_timeout": 5}
    return AsyncConnectionPool(
        settings.database_url("platform"),
        connection_class=AsyncConnection[DictRow],
        kwargs=keywords,
        min_size=2,
        max_size=_CONNECTIONS,
        timeout=_WAIT_SECONDS,
        open=False,
        name="platform",
    )
