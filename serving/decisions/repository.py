"""Stored decisions: the first one on a movement is the one."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from contracts.events import Json
from serving.platform.database import Pool

_FIND = "select document from decisions where transaction_id = %s and leg = %s and attempt = %s"


async def find_decision(pool: Pool, transaction_id: str, leg: str, attempt: int) -> Json | None:
    """The stored decision on a movement, as transaction.scored.v1 tells it; None while there is none."""
    async with pool.connection() as connection:
        return await _find(connection, transaction_id, leg, attempt)


async def ask_decision(pool: Pool, movement: tuple[str, str, int], own: Json) -> tuple[Json | None, Json | None]:
    """What was asked first about a movement, and its stored decision.

    `own` becomes the first question where there is neither. A movement decided without a question has None for it.
    """
    async with pool.connection() as connection:
        rows = await connection.execute("select * from ask_decision(%s, %s, %s, %s)", (*movement, Jsonb(own)))
        row = await rows.fetchone() or {}
        return row.get("first_asked"), row.get("decided")


async def store_decision(pool: Pool, document: Json) -> Json:
    """Store a decision unless there is one; gives what is stored, which another may have told first.

    What came too late was told to nobody and is kept nowhere: of the job's decisions, the recorder hears on `transaction.scores`.
    """
    key = (document["transaction_id"], document["leg"], document["attempt"])
    async with pool.connection() as connection:
        told = await connection.execute("select store_decisions(%s) as inserted", (Jsonb([document]),))
        row = await told.fetchone()
        if row is not None and row["inserted"]:
            return document
        return await _find(connection, *key) or document


async def _find(connection: Any, transaction_id: str, leg: str, attempt: int) -> Json | None:  # noqa: ANN401
    rows = await connection.execute(_FIND, (transaction_id, leg, attempt))
    row = await rows.fetchone()
    return row["document"] if row else None
