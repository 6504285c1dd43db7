"""Running a Dagster job as a process of its own, so that its memory goes back when it is done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from contracts.errors import TransientError
from contracts.settings import PROJECT, Settings

Report = Callable[[float, str], None]


def run_job(settings: Settings, job: str, log: Path, report: Report) -> None:
    """Run a declared job to its end; each line that it prints is shown and kept in `log`.

    Raises TransientError with the last line when it fails: Dagster has tried what can be tried again.
    """
    command = [sys.executable, "-m", "pipelines.run", "--job", job]
    environment = {
        **os.environ,
        "ATALAYA_HOME": str(settings.home),
        "ATALAYA_STATE": str(settings.state),
        "ATALAYA_PORT_BASE": str(settings.port_base),
    }
    last, seen = "", 0
    with (
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            kept.write(line)
            kept.flush()
            if line.strip():
                last, seen = line.strip(), seen + 1
                report(1 - 1 / (1 + seen / 20), last)
    if process.returncode:
        raise TransientError(f"Job {job!r} failed: {last}")
