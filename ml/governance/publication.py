"""Handing a champion to those who serve it: a file that is complete or not there."""

from __future__ import annotations

import os
from pathlib import Path

from contracts.models import ModelName
from contracts.settings import Settings
from ml.champions import champion_file


def publish(content: bytes, settings: Settings, model: ModelName) -> Path:
    """Replace the served champion in one step, on disk before it is visible; a crash leaves the one before."""
    target = champion_file(settings, model)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return target
