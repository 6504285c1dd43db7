"""Starting, asking and ending the local stack from another process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

from contracts.errors import ConfigurationError, TransientError
from contracts.settings import PROJECT, Settings
from deploy.local.layout import logs, run_folder, wanted_file, write_atomically
from deploy.local.logfiles import tail
from deploy.local.process import STACK_TAG, end_all, is_running, tagged
from deploy.local.status import StackStatus, State, read_status

_POLL_SECONDS = 0.2
_STOP_SECONDS = 60.0
_SWEEP_SECONDS = 5.0


def start(
    settings: Settings,
    only: Collection[str] = (),
    seen: Callable[[StackStatus], None] = lambda _status: None,
    ready_seconds: float = 600.0,
) -> StackStatus:
    """Start a supervisor that outlives this process, and return when everything did its work once.

    `seen` gets the status at each look. Raises ConfigurationError when a stack already runs here or cannot start
    (a port in use), TransientError naming part and log when a part does not become ready; what did start is then
    ended again, as it is when the wait is interrupted.
    """
    if running := read_status(settings):
        raise ConfigurationError(
            f"A stack already runs on {settings.state} (process {running.supervisor}).",
            hint="'./atalaya status' shows it, './atalaya down' ends it.",
        )
    write_atomically(wanted_file(settings), "[]")
    supervisor = _spawn(settings, only)
    try:
        return _wait_until_ready(settings, supervisor, seen, ready_seconds)
    except BaseException:
        _end(supervisor)
        raise


def stop(settings: Settings) -> bool:
    """End the stack and every process that works for it; whether one was running."""
    status = read_status(settings)
    if status is not None:
        _end(status.supervisor)
    left = end_all(lambda: tagged(STACK_TAG, str(settings.state)), _SWEEP_SECONDS)
    if left:
        raise TransientError(f"These processes do not end: {sorted(left)}.", hint="Are they another user's?")
    return status is not None


def require(settings: Settings) -> StackStatus:
    """The running stack's status; raises ConfigurationError when none runs."""
    status = read_status(settings)
    if status is None:
        raise ConfigurationError("The stack is not running.", hint="Start it with './atalaya up'.")
    return status


def want(settings: Settings, name: str, *, seconds: float = 300.0) -> None:
    """Have the running supervisor start an on-demand service, and return when it answers."""
    status = require(settings)
    if name not in status.parts:
        raise ConfigurationError(
            f"The running stack has no {name}.", hint="It was started with --only; start all of it."
        )
    path = wanted_file(settings)
    wanted = set(json.loads(path.read_text(encoding="utf-8")))
    write_atomically(path, json.dumps(sorted(wanted | {name})))
    os.kill(status.supervisor, signal.SIGHUP)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        part = require(settings).parts[name]
        if part.state is State.READY:
            return
        time.sleep(_POLL_SECONDS)
    raise TransientError(f"{name} did not become ready in {seconds:.0f} s.", hint=f"Its log: {part.log}")


def _end(supervisor: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while is_running(supervisor) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        if is_running(supervisor):
            os.kill(supervisor, signal.SIGKILL)


def _spawn(settings: Settings, only: Collection[str]) -> int:
    """Start a supervisor that is not our child, so that nobody has to wait for it; its process id."""
    log = _supervisor_log(settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    run_folder(settings).mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        spawned = subprocess.run(
            [sys.executable, "-m", "deploy.local", "--detach", "--only", ",".join(only)],
            cwd=PROJECT,
            env={**os.environ, **settings.child_environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
            check=True,
        )
    return int(spawned.stdout)


def _wait_until_ready(
    settings: Settings,
    supervisor: int,
    seen: Callable[[StackStatus], None],
    ready_seconds: float,
) -> StackStatus:
    deadline = time.monotonic() + ready_seconds
    while time.monotonic() < deadline:
        if not is_running(supervisor):
            raise ConfigurationError(_last_words(settings))
        status = read_status(settings)
        if status is not None:
            seen(status)
            if status.failed:
                raise _not_ready(status, status.failed)
            if status.ready:
                return status
        time.sleep(_POLL_SECONDS)
    status = require(settings)
    raise _not_ready(status, [name for name, part in status.parts.items() if part.state is not State.READY])


def _not_ready(status: StackStatus, names: Collection[str]) -> TransientError:
    first = next(iter(names))
    part = status.parts[first]
    lines = "\n".join(tail(Path(part.log), 5))
    return TransientError(
        f"{', '.join(names)} did not become ready ({part.message or part.state}).",
        hint=f"The log of {first} is {part.log} and ends:\n{lines}",
    )


def _supervisor_log(settings: Settings) -> Path:
    return logs(settings) / "supervisor.log"


def _last_words(settings: Settings) -> str:
    """What the supervisor said before it gave up, without its time stamps."""
    lines = tail(_supervisor_log(settings), 10)
    said = [line.partition(" ERROR ")[2] for line in lines if " ERROR " in line]
    return "\n".join(said or lines) or "The supervisor ended without a word."
