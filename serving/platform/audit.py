"""The audit of accesses: queued with the answer, written in batches, so that no caller waits for it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg_pool import PoolTimeout

from serving.platform.background import Background
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
        self._background = Background(self._run)

    def note(self, access: Access) -> None:
        """Take an access to be written."""
        self._waiting.append(access)

    def start(self) -> None:
        """Begin to write."""
        self._background.start()

    async def close(self) -> None:
        """Write what waits, and end."""
        await self._background.close()
        await self.flush()

    async def flush(self) -> None:
        """Write what waits; while the database is away it goes on waiting."""
        batch, self._waiting = self._waiting, []
        if batch:
            await self._write(batch)

    async def _write(self, batch: list[Access]) -> None:
        """One transaction; where one access does not fit, each has its own and the misfit is told in the log."""
        try:
            async with self._pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
                await cursor.executemany(_INSERT, [_row(access) for access in batch])
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if len(batch) == 1:
                # The error's own text repeats what the caller sent.
                logger.error("access by %s not in the audit: %s", batch[0].client_id, type(error).__name__)  # noqa: TRY400
                return
            for access in batch:
                await self._write([access])
        except (psycopg.Error, PoolTimeout) as error:
            logger.warning("%d accesses wait for the audit: %s", len(batch), type(error).__name__)
            self._waiting = batch + self._waiting

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                await asyncio.shield(self.flush())
            except Exception:
                logger.exception("the audit goes on without what it could not write")


def _row(access: Access) -> tuple[object, ...]:
    """What a caller chose is escaped: PostgreSQL keeps neither NUL nor a lone surrogate in a text."""
    subject = access.subject_id
    if subject is not None:
        subject = subject.encode("utf-8", "backslashreplace").decode().replace("\0", "\\u0000")
    return access.client_id, access.action, subject, access.status, access.at
