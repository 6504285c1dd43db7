"""A published model in memory: its ONNX session, its metadata, and a watch that follows new publications."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError, TransientError
from contracts.models import ModelName
from contracts.models.files import champion_file, served_file
from contracts.settings import Settings

logger = logging.getLogger(__name__)

Numbers = npt.NDArray[np.float64]

_EARLIER = 4  # models held in memory beside the champion, 1 MB each


class Champion:
    """One ONNX model. `metadata` holds what training put into it, `model_version` among it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
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
        self._settings = settings
        self._path = champion_file(settings, model)
        self._model: ModelName = model
        self._earlier: OrderedDict[str, Champion] = OrderedDict()
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

    def find(self, version: str | None) -> Champion | None:
        """The model of that version, champion now or once; None for one that never was, or whose file is gone."""
        champion = self.current()
        if version is None or champion is None:
            return None
        return champion if champion.version == version else self._find_earlier(version)

    def _find_earlier(self, version: str) -> Champion | None:
        if version not in self._earlier:
            try:
                self._earlier[version] = Champion(served_file(self._settings, self._model, version).read_bytes())
            except (FileNotFoundError, InvalidInputError):
                return None
        self._earlier.move_to_end(version)
        if len(self._earlier) > _EARLIER:
            self._earlier.popitem(last=False)
        return self._earlier[version]

    def require(self) -> Champion:
        """The champion; raises TransientError before the first promotion."""
        champion = self.current()
        if champion is None:
            raise TransientError(
                f"No champion of {self._model} has been published yet.",
                hint=f"Train it first; `./atalaya model list {self._model}` says what stands against it.",
            )
        return champion
