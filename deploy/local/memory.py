"""Memory as the machine sees it: proportional set size, in which shared pages count once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from contracts.settings import Settings
from deploy.local.process import STACK_TAG, descendants, tagged


def pss_bytes(pid: int) -> int:
    """One process's proportional set size; 0 when it is gone or not ours to look at."""
    try:
        text = (Path("/proc") / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * 1024


def total_pss_bytes(pids: Iterable[int]) -> int:
    """The sum over processes."""
    return sum(pss_bytes(pid) for pid in pids)


def family_pss_bytes(pid: int) -> int:
    """A process and everything below it."""
    return total_pss_bytes({pid, *descendants([pid])})


def stack_processes(settings: Settings) -> set[int]:
    """Every process that works on this state: the services, and commands whose environment names it."""
    state = str(settings.state)
    return tagged(STACK_TAG, state) | tagged("ATALAYA_STATE", state)


def stack_pss_bytes(settings: Settings) -> int:
    """The memory of everything that works on this state."""
    return total_pss_bytes(stack_processes(settings))
