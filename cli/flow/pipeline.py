"""Running Dagster jobs in a process of their own, so that their memory goes back when it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import TransientError
from contracts.settings import PROJECT, Settings

Report = Callable[[float, str], None]

# Lines after which the bar stands at half: a job tells some forty.
_HALF_WAY = 20


class JobRunner:
    """Runs jobs one after another in one process; made by `open_runner`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, job: str, log: Path, report: Report) -> None:
        """Run a declared job to its end; each line that it prints is shown and kept in `log`.

        Raises TransientError with the reason when it fails: Dagster has tried what can be tried again.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise TransientError("The job runner has no pipes.")
        self._process.stdin.write(f"{job}\n")
        self._process.stdin.flush()
        last, seen = "", 0
        with log.open("w", encoding="utf-8") as kept:
            for line in self._process.stdout:
                if (outcome := _outcome(line, job)) is not None:
                    if outcome["failed"]:
                        raise TransientError(f"Job {job!r} failed: {outcome['failed']}")
                    return
                kept.write(line)
                kept.flush()
                if line.strip():
                    last, seen = line.strip(), seen + 1
                    report(1 - 1 / (1 + seen / _HALF_WAY), last)
        raise TransientError(f"Job {job!r} ended with its process: {last}")


@contextmanager
def open_runner(settings: Settings) -> Iterator[JobRunner]:
    """A runner for the length of a `with`; it prepares itself at once, while others work."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.run", "--serve"],
        cwd=PROJECT,
        env={**os.environ, **settings.child_environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield JobRunner(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()


def run_job(settings: Settings, job: str, log: Path, report: Report) -> None:
    """Run one job; see `JobRunner.run`."""
    with open_runner(settings) as runner:
        runner.run(job, log, report)


def _outcome(line: str, job: str) -> dict[str, str | None] | None:
    """What the line tells of the job's end, if it does."""
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("job") == job and "failed" in told else None
