"""The audit of accesses: queued with the answer, written in batches, so that no caller waits for it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg_pool import PoolTimeout

from serving.platform.database import Pool

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.2
_INSERT = "insert into audit (client_id, action, subject_id, status, at) values (%s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Access:
    """Who did what to which subject, and how it ended; identifiers only."""

    client_id: str | None
    action: str
    subject_id: str | None
    status: int
    at: datetime


class Audit:
    """Writes accesses every fifth of a second; an end of the process in order writes the rest, a kill can lose these."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Access] = []
        self._task: asyncio.Task[None] | None = None

    def note(self, access: Access) -> None:
        """Take an access to be written."""
        self._waiting.append(access)

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Write what waits, and end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.flush()

    async def flush(self) -> None:
        """Write what waits; while the database is away it goes on waiting."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            async with self._pool.connection() as connection, connection.cursor() as cursor:
                rows = [(item.client_id, item.action, item.subject_id, item.status, item.at) for item in batch]
                await cursor.executemany(_INSERT, rows)
        except (psycopg.OperationalError, PoolTimeout) as error:
            logger.warning("%d accesses wait for the audit: %s", len(batch), type(error).__name__)
            self._waiting = batch + self._waiting

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            await asyncio.shield(self.flush())
