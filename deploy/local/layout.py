"""Where the local stack keeps things: below the home what can be downloaded again, below the state one stack's data."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from contracts.settings import Settings


def environment_python(settings: Settings, name: str) -> Path:
    """The interpreter of a locked environment, `main` or `flink`; ours when it stands elsewhere."""
    wanted = settings.home / "env" / name / "bin" / "python"
    return Path(sys.executable) if name == "main" and not wanted.exists() else wanted


def logs(settings: Settings) -> Path:
    """One file per service."""
    return settings.state / "logs"


def run_folder(settings: Settings) -> Path:
    """The lock, the status and what was asked of the supervisor."""
    return settings.state / "run"


def data(settings: Settings, service: str) -> Path:
    """A service's own files."""
    return settings.state / service


def status_file(settings: Settings) -> Path:
    """What the supervisor says about itself; replaced as a whole at each change."""
    return run_folder(settings) / "status.json"


def wanted_file(settings: Settings) -> Path:
    """The on-demand services that should run; read by the supervisor at SIGHUP."""
    return run_folder(settings) / "wanted.json"


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file that no reader sees half of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    Path(partial).replace(path)
