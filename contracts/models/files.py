"""Where models lie for those who serve them: one file each for the champion and its challenger, and every version once served."""

from __future__ import annotations

import re
from pathlib import Path

from contracts.errors import InvalidInputError
from contracts.models import ModelName
from contracts.settings import Settings

_VERSION = re.compile(r"[A-Za-z0-9_-]{1,128}")


def champion_file(settings: Settings, model: ModelName) -> Path:
    """Where promotion publishes a champion."""
    return settings.models_directory / model / "champion.onnx"


def challenger_beside(champion: Path) -> Path:
    """The file of the challenger in a champion's shadow; absent while there is none."""
    return champion.with_name("challenger.onnx")


def challenger_file(settings: Settings, model: ModelName) -> Path:
    """Where a challenger is put to be scored in the champion's shadow."""
    return challenger_beside(champion_file(settings, model))


def served_folder(settings: Settings, model: ModelName) -> Path:
    """Where every version lies that was ever published as champion; absent before the first."""
    return settings.models_directory / model / "served"


def served_file(settings: Settings, model: ModelName, version: str) -> Path:
    """Where a champion stays after another took its place, so that its decisions can be explained.

    Raises InvalidInputError for what is no name of a version: it may come from a message.
    """
    if _VERSION.fullmatch(version) is None:
        raise InvalidInputError("is no version of a model", field="model_version")
    return served_folder(settings, model) / f"{version}.onnx"
