"""Handing models to those who serve them: a file is complete or not there."""

from __future__ import annotations

import os
from pathlib import Path

from contracts.models import ModelName
from contracts.models.files import challenger_file, champion_file, served_file
from contracts.settings import Settings
from ml.champions import Champion


def publish(content: bytes, settings: Settings, model: ModelName) -> Path:
    """Replace the served champion in one step, on disk before it is visible; a crash leaves the one before.

    Its version is kept under its own name first: whoever decides by it can be asked why, also when another is champion.
    """
    _place(content, served_file(settings, model, Champion(content).version))
    return _place(content, champion_file(settings, model))


def publish_challenger(content: bytes, settings: Settings, model: ModelName) -> Path:
    """Have a model scored in the champion's shadow: the job logs its score with each decision, and decides without it."""
    return _place(content, challenger_file(settings, model))


def withdraw_challenger(settings: Settings, model: ModelName) -> None:
    """Leave the champion without a shadow; nothing happens where there is none."""
    challenger_file(settings, model).unlink(missing_ok=True)


def _place(content: bytes, target: Path) -> Path:
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
