"""Stored decisions: the first one on a movement is the one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from contracts.events import Json
from serving.platform.database import Pool

Movement = tuple[str, str, int]
Question = tuple[Movement, Json]
Answer = tuple[Json | None, Json | None]

_FIND = "select document from decisions where transaction_id = %s and leg = %s and attempt = %s"
_FIND_ALL = """
    select d.document from decisions as d
    join unnest(%s::text[], %s::text[], %s::integer[]) as wanted (transaction_id, leg, attempt)
        using (transaction_id, leg, attempt)
"""


async def find_decision(pool: Pool, transaction_id: str, leg: str, attempt: int) -> Json | None:
    """The stored decision on a movement, as transaction.scored.v1 tells it; None while there is none."""
    async with pool.connection() as connection:
        return await _find(connection, transaction_id, leg, attempt)


async def ask_decisions(pool: Pool, questions: Sequence[Question]) -> list[Answer]:
    """Of each question what was asked first about its movement, and the stored decision; in the same order.

    A question becomes the first where there is neither. A movement decided without a question has None for it.
    """
    asked = [
        {"transaction_id": transaction_id, "leg": leg, "attempt": attempt, "asked": own}
        for (transaction_id, leg, attempt), own in questions
    ]
    async with pool.connection() as connection:
        told = await connection.execute("select * from ask_decisions(%s)", (Jsonb(asked, dumps=orjson.dumps),))
        return [(row["first_asked"], row["decided"]) for row in await told.fetchall()]


async def store_decisions(pool: Pool, documents: Sequence[Json]) -> list[Json]:
    """Store decisions on movements that have none, in one commit; gives what is stored of each, in the same order.

    What came too late was told to nobody and is kept nowhere: of the job's decisions, the recorder hears on `transaction.scores`.
    """
    async with pool.connection() as connection:
        told = await connection.execute(
            "select store_decisions(%s) as inserted", (Jsonb(list(documents), dumps=orjson.dumps),)
        )
        row = await told.fetchone()
        if row is not None and row["inserted"] == len(documents):
            return list(documents)
        keys = [_key(document) for document in documents]
        found = await connection.execute(_FIND_ALL, tuple(map(list, zip(*keys, strict=True))))
        stored = {_key(row["document"]): row["document"] for row in await found.fetchall()}
    return [stored.get(key, document) for key, document in zip(keys, documents, strict=True)]


def _key(document: Json) -> Movement:
    return document["transaction_id"], document["leg"], document["attempt"]


async def _find(connection: Any, transaction_id: str, leg: str, attempt: int) -> Json | None:  # noqa: ANN401
    rows = await connection.execute(_FIND, (transaction_id, leg, attempt))
    row = await rows.fetchone()
    return row["document"] if row else None
