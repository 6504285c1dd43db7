"""Tells `transaction.scores` of the decisions that the API made alone: the job, which tells all others, did not make them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import PoolTimeout

from contracts.errors import TransientError
from contracts.events import Json
from serving.platform.background import Background
from serving.platform.database import Pool

logger = logging.getLogger(__name__)

Publish = Callable[[str, str, Json], Awaitable[None]]

_TOPIC = "transaction.scores"
_PAUSE_SECONDS = 2.0
_BATCH = 100
_WAITING = """
    select transaction_id, leg, attempt, document from decisions
    where mode = 'fallback' and published_at is null order by decided_at limit %s
"""
_PUBLISHED = """
    update decisions set published_at = clock_timestamp() where transaction_id = %s and leg = %s and attempt = %s
"""


class FallbackPublication:
    """Publishes stored fallback decisions until Kafka has taken them, what an earlier process left behind included.

    A decision can be published twice, by two processes or after a failure; consumers know it by the event's id.
    """

    def __init__(self, pool: Pool, publish: Publish) -> None:
        self._pool = pool
        self._publish = publish
        self._background = Background(self._run)

    def start(self) -> None:
        """Begin to publish."""
        self._background.start()

    async def close(self) -> None:
        """End publishing; what is left is published by the next process."""
        await self._background.close()

    async def publish_waiting(self) -> int:
        """Tell Kafka what it has not been told, oldest first; gives how many. Raises TransientError while it is away."""
        async with self._pool.connection() as connection:
            waiting = await (await connection.execute(_WAITING, (_BATCH,))).fetchall()
            for row in waiting:
                await self._publish(_TOPIC, row["transaction_id"], fallback_event(row["document"]))
                await connection.execute(_PUBLISHED, (row["transaction_id"], row["leg"], row["attempt"]))
        return len(waiting)

    async def _run(self) -> None:
        while True:
            try:
                while await self.publish_waiting() == _BATCH:
                    continue
            except (TransientError, psycopg.Error, PoolTimeout) as error:
                logger.info("fallback decisions wait to be published: %s", type(error).__name__)
            await asyncio.sleep(_PAUSE_SECONDS)


def fallback_event(document: Json) -> Json:
    """transaction.scored.v1 for a stored decision; its id differs from that of the job's later event on the movement."""
    movement = f"{document['transaction_id']}:{document['leg']}:{document['attempt']}"
    return {
        "specversion": "1.0",
        "id": f"{movement}:fallback",
        "source": "/serving/decisions",
        "type": "transaction.scored.v1",
        "subject": document["transaction_id"],
        "time": document["decided_at"],
        "datacontenttype": "application/json",
        "data": document,
    }
