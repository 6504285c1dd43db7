"""A published model in memory: its ONNX session, its metadata, and a watch that follows new publications."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from contracts.errors import TransientError
from contracts.models import ModelName
from contracts.settings import Settings

logger = logging.getLogger(__name__)

Numbers = npt.NDArray[np.float64]


def champion_file(settings: Settings, model: ModelName) -> Path:
    """Where promotion publishes a champion."""
    return settings.models_directory / model / "champion.onnx"


class Champion:
    """One ONNX model. `metadata` holds what training put into it, `model_version` among it."""

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        self.version = self.metadata["model_version"]
        self.features: tuple[str, ...] = tuple(json.loads(self.metadata["features"]))
        self._dtype: type[np.floating[Any]] = (
            np.float64 if "double" in self._session.get_inputs()[0].type else np.float32
        )

    def number(self, name: str) -> float:
        """A number of the metadata, such as `review_threshold`."""
        return float(self.metadata[name])

    def run(self, rows: npt.ArrayLike, outputs: Sequence[str] = ("probabilities",)) -> list[Numbers]:
        """The asked outputs for rows in the order of `features`; NaN is a missing value."""
        values = np.asarray(rows, dtype=self._dtype)
        answers: list[Numbers] = self._session.run(list(outputs), {"input": values})
        return answers

    def probability(self, features: dict[str, float | None]) -> float:
        """The positive class's probability for one row given by name; absent and None are missing."""
        return float(self.run([self.vector(features)])[0][0, 1])

    def vector(self, features: dict[str, float | None]) -> list[float]:
        """One row in the order of `features`."""
        return [float("nan") if (value := features.get(name)) is None else float(value) for name in self.features]


class ChampionWatch:
    """The current champion of a model: loaded when first asked for, again when its file was replaced."""

    def __init__(self, settings: Settings, model: ModelName) -> None:
        self._path = champion_file(settings, model)
        self._model = model
        self._seen: tuple[int, int] | None = None
        self._champion: Champion | None = None

    def current(self) -> Champion | None:
        """The champion; None before the first promotion. A file that cannot be loaded leaves the one before."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return self._champion
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._champion = Champion(self._path.read_bytes())
            except Exception:  # ONNX Runtime raises its own classes; a bad file must not stop decisions
                logger.exception("champion not loaded", extra={"model": self._model})
        return self._champion

    def require(self) -> Champion:
        """The champion; raises TransientError before the first promotion."""
        champion = self.current()
        if champion is None:
            raise TransientError(f"No champion of {self._model} has been published yet.", hint="Train it first.")
        return champion
