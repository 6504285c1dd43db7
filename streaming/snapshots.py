"""Where the job's state is kept: retained checkpoints and savepoints, and which of them to go on from."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from contracts.errors import ConfigurationError
from streaming.cluster import JOB_NAME

_KEPT = 3


@dataclass(frozen=True)
class Snapshots:
    """The two folders of our job's state."""

    checkpoints: Path
    savepoints: Path

    @property
    def shape_file(self) -> Path:
        """What the snapshots hold, as the last submission wrote it (streaming/state_shape.py)."""
        return self.savepoints / "shape.json"

    def latest(self) -> Path | None:
        """The newest complete snapshot; None when the job never ran. A snapshot is complete when it has `_metadata`."""
        complete = self._complete()
        return complete[0] if complete else None

    def tidy(self) -> None:
        """Remove all but the newest few: jobs that ended leave theirs behind. Only while our job does not run."""
        for old in self._complete()[_KEPT:]:
            shutil.rmtree(old)
        for left in [folder for folder in self.checkpoints.glob("*") if not any(folder.glob("chk-*"))]:
            shutil.rmtree(left)

    def _complete(self) -> list[Path]:
        found = [*self.checkpoints.glob("*/chk-*/_metadata"), *self.savepoints.glob("*/_metadata")]
        return [path.parent for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)]


def configured_snapshots() -> Snapshots:
    """The folders that Flink's own configuration (FLINK_CONF_DIR) names; raises ConfigurationError without one."""
    folder = os.environ.get("FLINK_CONF_DIR")
    file = Path(folder or ".") / "config.yaml"
    if folder is None or not file.exists():
        raise ConfigurationError(
            "FLINK_CONF_DIR names no Flink configuration.", hint="Start the stack: './atalaya up'."
        )
    configured = yaml.safe_load(file.read_text(encoding="utf-8"))
    names = ("execution.checkpointing.dir", "execution.checkpointing.savepoint-dir")
    checkpoints, savepoints = (Path(urlsplit(str(configured[name])).path) / JOB_NAME for name in names)
    return Snapshots(checkpoints, savepoints)
