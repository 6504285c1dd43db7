"""Write activity vectors to the online store beside the recording, so that neither waits for the other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from redis import RedisError

from contracts.errors import TransientError
from feature_repo.vectors import ActivityRow, Latest, Place, keep_latest

LOG = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0


class OnlineStore(Protocol):
    """Where the latest vector of each key is kept."""

    def write(self, latest: Mapping[Place, ActivityRow]) -> int:
        """Store the vectors; idempotent, raises redis.RedisError when the store is away."""


class VectorWriter:
    """One thread that writes the latest vector of each key; `flushed` says up to which batch all are stored.

    A store that is away is tried again until it is back; meanwhile only the latest vector of a key is held.
    Any other error ends the thread, and `check` tells of it: without it nothing would ever be committed again.
    """

    def __init__(self, open_store: Callable[[], OnlineStore]) -> None:
        self._open_store = open_store
        self._pending: Latest = {}
        self._arrived = threading.Condition()
        self._offered = 0
        self._flushed = 0
        self._closing = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="vectors", daemon=True)
        self._thread.start()

    @property
    def flushed(self) -> int:
        """The number of the last batch of which every vector is stored."""
        return self._flushed

    def check(self) -> None:
        """Raise TransientError, with its cause, when the thread has ended by an error: the process has to start again."""
        if self._failure is not None:
            raise TransientError("Vectors are no longer written.", hint="Start the recorder again.") from self._failure

    def offer(self, rows: Sequence[ActivityRow], batch_number: int) -> None:
        """Hand over the vectors of a batch; batches are numbered upwards from 1."""
        with self._arrived:
            keep_latest(self._pending, rows)
            self._offered = batch_number
            self._arrived.notify()

    def close(self, seconds: float) -> None:
        """Write what is pending, for at most so long."""
        self._closing.set()
        with self._arrived:
            self._arrived.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._write_what_comes()
        except Exception as error:
            LOG.exception("Vectors are no longer written")
            self._failure = error

    def _write_what_comes(self) -> None:
        store = self._open_store()
        while True:
            with self._arrived:
                while self._offered == self._flushed:
                    if self._closing.is_set():
                        return
                    self._arrived.wait()
                latest, number = self._pending, self._offered
                self._pending = {}
            if not self._write(store, latest):
                return
            self._flushed = number

    def _write(self, store: OnlineStore, latest: Latest) -> bool:
        while True:
            try:
                store.write(latest)
            except RedisError as error:
                LOG.warning("The online store does not take vectors: %s", error)
                if self._closing.wait(_RETRY_SECONDS):
                    return False
            else:
                return True
