"""Child processes that cannot outlive the stack: their signal at the parent's death, their tag, their end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

# Every process of a stack carries these variables, so that it is found even in a session and a group of its own:
# the state it works on, the one run of the supervisor that started it, and the part of that run it belongs to.
STACK_TAG = "ATALAYA_STACK"
RUN_TAG = "ATALAYA_RUN"
PART_TAG = "ATALAYA_PART"

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.1
_PROC = Path("/proc")
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, with_signal: signal.Signals) -> Callable[[], None]:
    """What a child runs between fork and exec, after it changed its user (which would clear the setting)."""

    def arrange() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(with_signal))
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange


def process_ids() -> Iterator[int]:
    """Every process of the machine, or of this container."""
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def tagged(name: str, value: str) -> set[int]:
    """The processes started with `name=value` in their environment, and their descendants."""
    needle = f"{name}={value}".encode()
    marked = {pid for pid in process_ids() if needle in _environment(pid)}
    return marked | descendants(marked)


def descendants(roots: Iterable[int]) -> set[int]:
    """The processes below `roots`: PostgreSQL's backends, whose environment is overwritten, for one."""
    children: dict[int, list[int]] = {}
    for pid in process_ids():
        children.setdefault(parent_of(pid), []).append(pid)
    found: set[int] = set()
    pending = list(roots)
    while pending:
        below = children.get(pending.pop(), [])
        pending.extend(pid for pid in below if pid not in found)
        found.update(below)
    return found


def parent_of(pid: int) -> int:
    """The parent's process id; 0 when the process is gone."""
    fields = _stat_fields(pid)
    return int(fields[1]) if fields else 0


def is_running(pid: int) -> bool:
    """Whether a process exists and is more than a corpse waiting for its parent."""
    fields = _stat_fields(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def end_all(find: Callable[[], set[int]], grace_seconds: float) -> set[int]:
    """SIGTERM everything that `find` sees, SIGKILL what is left after the grace; the processes that still live."""
    _signal(_living(find), signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while _living(find) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    deadline = time.monotonic() + grace_seconds
    while (left := _living(find)) and time.monotonic() < deadline:
        _signal(left, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
    return left


def kill_tagged(name: str, value: str) -> None:
    """SIGKILL what carries a tag: what a part left behind, in whatever session."""
    _signal(_living(lambda: tagged(name, value)), signal.SIGKILL)


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used; 0.0 when it is gone."""
    fields = _stat_fields(pid)
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 2) if fields else 0.0


def _living(find: Callable[[], set[int]]) -> set[int]:
    return {pid for pid in find() if pid != os.getpid() and is_running(pid)}


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _environment(pid: int) -> list[bytes]:
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the command name before them may hold spaces and brackets."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
