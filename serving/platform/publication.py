"""Tells Kafka of stored rows until it has taken them, whatever kind of rows they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg_pool import PoolTimeout

from contracts.errors import TransientError
from contracts.events import Json
from serving.platform.background import Background
from serving.platform.database import Pool

logger = logging.getLogger(__name__)

Publish = Callable[[str, str, Json], Awaitable[None]]

_PAUSE_SECONDS = 2.0
_BATCH = 100


@dataclass(frozen=True)
class Queue:
    """Rows that wait for a topic: `waiting` selects the oldest, `%s` of them; `published` marks one by its columns.

    `event` gives the same event for the same row, so that consumers know repetitions by its id; its subject is the key.
    """

    topic: str
    waiting: LiteralString
    published: LiteralString
    event: Callable[[Json], Json]


class Publication:
    """Publishes a queue, what an earlier process left behind included.

    A row can be published twice, by two processes or after a failure; consumers know it by the event's id.
    """

    def __init__(self, pool: Pool, publish: Publish, queue: Queue) -> None:
        self._pool = pool
        self._publish = publish
        self._queue = queue
        self._stored = asyncio.Event()
        self._background = Background(self._run)

    def start(self) -> None:
        """Begin to publish."""
        self._background.start()

    def wake(self) -> None:
        """Publish what was just stored without waiting for the next look at the table."""
        self._stored.set()

    async def close(self) -> None:
        """End publishing; what is left is published by the next process."""
        await self._background.close()

    async def publish_waiting(self) -> int:
        """Tell Kafka what it has not been told, oldest first; gives how many. Raises TransientError while it is away."""
        async with self._pool.connection() as connection:
            waiting = await (await connection.execute(self._queue.waiting, (_BATCH,))).fetchall()
            for row in waiting:
                event = self._queue.event(row)
                await self._publish(self._queue.topic, event["subject"], event)
                await connection.execute(self._queue.published, row)
        return len(waiting)

    async def _run(self) -> None:
        while True:
            self._stored.clear()
            try:
                while await self.publish_waiting() == _BATCH:
                    continue
            except (TransientError, psycopg.Error, PoolTimeout) as error:
                logger.info("%s waits: %s", self._queue.topic, type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stored.wait(), _PAUSE_SECONDS)
