"""Logs with a bound: a file that grew too large is copied beside itself and emptied."""

from __future__ import annotations

import shutil
from pathlib import Path

LIMIT_BYTES = 20_000_000


def bound_logs(folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
    """Keep each log below the limit, and one older copy of it.

    The writers hold their files open in append mode, so emptying in place is safe where renaming is not.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size > limit_bytes:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log; none when there is no log yet."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - lines * 400))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []
