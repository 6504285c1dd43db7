"""A loop beside the requests, from the API's start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress


class Background:
    """Runs one endless coroutine; both calls belong to the event loop's thread."""

    def __init__(self, run: Callable[[], Coroutine[object, object, None]]) -> None:
        self._run = run
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Cancel it and wait until it has ended; nothing to do when it never began."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
