"""Writers side by side: one connection could not commit 200 movements a second while the whole platform runs beside it."""

from __future__ import annotations

import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from contracts.settings import Settings
from sources.workload.live.actions import Action
from sources.workload.live.plants import holder
from sources.workload.live.writer import Writer

_LANES = 3
# What may wait for its commit: a stop must not leave much to do.
MOST_WAITING = 24


@dataclass(frozen=True)
class Committed:
    """An action that was committed; `late` is in seconds after it was due."""

    action: Action
    transaction_id: str
    at: datetime
    late: float


class Lanes:
    """Commits actions given in the order of their due times; what one holder does keeps its order."""

    def __init__(
        self, lanes: list[tuple[ThreadPoolExecutor, Writer]], clock: Callable[[], tuple[datetime, float]]
    ) -> None:
        self._lanes = lanes
        self._clock = clock
        self._waiting: deque[Future[Committed]] = deque()

    @property
    def rows(self) -> Counter[str]:
        """What was inserted, by table."""
        return sum((writer.rows for _, writer in self._lanes), Counter[str]())

    def give(self, action: Action, number: int, due: float) -> Iterator[Committed]:
        """Take one action; gives those that were committed meanwhile, in the order in which they were given.

        Raises what a commit raised.
        """
        lane, writer = self._lanes[zlib.crc32(holder(action.rows[0]).encode()) % len(self._lanes)]
        self._waiting.append(lane.submit(self._commit, writer, action, number, due))
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > MOST_WAITING):
            yield self._waiting.popleft().result()

    def drain(self) -> Iterator[Committed]:
        """Wait for everything that was given."""
        while self._waiting:
            yield self._waiting.popleft().result()

    def _commit(self, writer: Writer, action: Action, number: int, due: float) -> Committed:
        now, _ = self._clock()
        transaction_id = writer.write(action, number, now)
        return Committed(action, transaction_id, now, self._clock()[1] - due)


@contextmanager
def open_lanes(settings: Settings, run: str, clock: Callable[[], tuple[datetime, float]]) -> Iterator[Lanes]:
    """Lanes for the length of a `with`; `clock` gives the time of day and a monotonic one, both as of now."""
    with ExitStack() as stack:
        lanes = []
        for _ in range(_LANES):
            connection = stack.enter_context(psycopg.connect(settings.database_url("operations"), autocommit=True))
            lanes.append((stack.enter_context(ThreadPoolExecutor(max_workers=1)), Writer(connection, run)))
        yield Lanes(lanes, clock)
