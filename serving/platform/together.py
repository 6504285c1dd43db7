"""Calls to the database made together: what comes while one is under way shares the next one.

A round trip costs a process more than what it carries, and a commit waits for the disk whether it holds one decision or
fifty. So the cost of each call falls as their number rises, which is what keeps an API up that is asked too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import psycopg

_TOGETHER = 100

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Together(Generic[Asked, Told]):
    """One call at a time of `work`, which answers each of its items in their order.

    Where one item does not fit the database, each is tried alone, and only the misfit fails.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Awaitable[Sequence[Told]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Told:
        """The answer to one item; raises what `work` raised for it."""
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, told))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work_off())
        return await told

    async def _work_off(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            await self._answer(batch)

    async def _answer(self, batch: Sequence[tuple[Asked, asyncio.Future[Told]]]) -> None:
        wanted = [one for one in batch if not one[1].done()]  # who gave up needs no answer
        try:
            answers = await self._work([asked for asked, _ in wanted]) if wanted else ()
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if len(wanted) == 1:
                _fail(wanted, error)
                return
            for one in wanted:
                await self._answer([one])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is those who wait whom it concerns
            _fail(wanted, error)
        else:
            for (_, told), answer in zip(wanted, answers, strict=True):
                if not told.done():
                    told.set_result(answer)


def _fail(batch: Sequence[tuple[Asked, asyncio.Future[Told]]], error: Exception) -> None:
    for _, told in batch:
        if not told.done():
            told.set_exception(error)
