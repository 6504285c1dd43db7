"""One platform to break: its parts by name, killed as a crash would, and what they wrote."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from contracts.settings import Settings
from deploy.local.layout import logs
from deploy.local.stack import require
from deploy.local.status import State

T = TypeVar("T")

READY_SECONDS = 240.0
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Platform:
    """A running stack of PostgreSQL, Kafka, Valkey, Flink with the job, the recorder and the API."""

    settings: Settings

    def kill(self, part: str) -> float:
        """SIGKILL a part's process; the moment, in seconds since the epoch."""
        pid = require(self.settings).parts[part].pid
        assert pid is not None
        moment = time.time()
        os.kill(pid, signal.SIGKILL)
        return moment

    def await_ready(self) -> None:
        """Return when every part has done its work again."""
        eventually(self._not_ready, READY_SECONDS)

    def log(self, part: str) -> str:
        """All that a part wrote."""
        return Path(logs(self.settings) / f"{part}.log").read_text(encoding="utf-8", errors="replace")

    def api(self) -> httpx.Client:
        """A client with the demo's key."""
        headers = {"X-API-Key": self.settings.secret("api_key_demo").get_secret_value()}
        return httpx.Client(base_url=self.settings.url("api"), headers=headers, timeout=30)

    def _not_ready(self) -> dict[str, str]:
        parts = require(self.settings).parts
        return {
            name: f"{part.state} {part.message}"
            for name, part in parts.items()
            if part.state not in {State.READY, State.ABSENT}
        }


def eventually(trouble: Callable[[], T], seconds: float) -> None:
    """Return when there is no trouble any more; fail with the last of it when time is up."""
    deadline = time.monotonic() + seconds
    while last := trouble():
        assert time.monotonic() < deadline, last
        time.sleep(_POLL_SECONDS)
