"""One running process of the stack, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Self

from contracts.settings import PROJECT, Settings
from deploy.local.layout import logs
from deploy.local.process import PART_TAG, RUN_TAG, STACK_TAG, die_with_parent, kill_tagged
from deploy.local.service import NOBODY, Part, Service

_GRACE_SECONDS = 10.0


class Child:
    """A process in a session of its own, writing to its log, that ends when the supervisor does."""

    def __init__(self, process: asyncio.subprocess.Process, tag: str) -> None:
        self._process = process
        self._tag = tag
        self.pid = process.pid

    @classmethod
    async def start(cls, settings: Settings, part: Part, run: str) -> Self:
        """Start a part's command."""
        lower = isinstance(part, Service) and part.unprivileged and os.geteuid() == 0
        tag = f"{run}.{part.name}"
        log = logs(settings) / f"{part.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *part.command(settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=_working_directory(settings, lower=lower),
                env={**_environment(settings, part), RUN_TAG: run, PART_TAG: tag},
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid(), stop_signal_of(part)),
                user=NOBODY if lower else None,
                group=NOBODY if lower else None,
                extra_groups=[] if lower else None,
            )
        return cls(process, tag)

    async def wait(self) -> int:
        """The exit code, once there is one."""
        return await self._process.wait()

    async def end(self, with_signal: signal.Signals) -> None:
        """Ask the process to stop, wait, then kill whatever it started and left."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(with_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _GRACE_SECONDS)
            if self._process.returncode is None:
                self._process.kill()
        await self._process.wait()
        await asyncio.to_thread(kill_tagged, PART_TAG, self._tag)


def stop_signal_of(part: Part) -> signal.Signals:
    """The signal that asks a part to end."""
    return part.stop_signal if isinstance(part, Service) else signal.SIGTERM


def _working_directory(settings: Settings, *, lower: bool) -> Path:
    return settings.state if lower else PROJECT


def _environment(settings: Settings, part: Part) -> dict[str, str]:
    return {
        **os.environ,
        **settings.child_environment(),
        STACK_TAG: str(settings.state),
        "MALLOC_ARENA_MAX": "2",  # glibc otherwise keeps up to 16 heaps per process
        "PYTHONUNBUFFERED": "1",
        **part.environment(settings),
    }
