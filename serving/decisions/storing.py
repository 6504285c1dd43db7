"""Storing decisions together: what comes while a commit is under way shares the next one.

A commit waits for the disk, milliseconds or tens of them, whether it holds one decision or fifty. With a commit for each, 10,482
of 12,000 questions at 300 a second failed for lack of time; with these, 1,330 (`./atalaya bench latency`, two cores).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg

from contracts.events import Json
from serving.decisions.repository import store_decisions
from serving.platform.database import Pool

_TOGETHER = 100

Waiting = tuple[Json, "asyncio.Future[Json]"]


class DecisionStore:
    """One writer at a time in a process; whoever stores waits until the commit that holds the decision is on disk."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def store(self, document: Json) -> Json:
        """Store a decision unless there is one; gives what is stored, which another may have told first."""
        stored: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting.append((document, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            await self._write_together(batch)

    async def _write_together(self, batch: Sequence[Waiting]) -> None:
        """One transaction; where one decision does not fit, each has its own, and only the misfit fails."""
        try:
            found = await store_decisions(self._pool, [document for document, _ in batch])
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            for one in batch:
                await self._write_together([one])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is those who wait whom it concerns
            _fail(batch, error)
        else:
            for (_, stored), document in zip(batch, found, strict=True):
                if not stored.done():
                    stored.set_result(document)


def _fail(batch: Sequence[Waiting], error: Exception) -> None:
    for _, stored in batch:
        if not stored.done():
            stored.set_exception(error)
