"""Which served version a window is judged by: the latest publication that was made from nothing later than its start."""

from __future__ import annotations

from datetime import datetime

from contracts.models import ModelName
from contracts.models.files import served_folder
from contracts.settings import Settings
from ml.champions import Champion
from ml.governance.reference import Reference


class Served:
    """The versions that were ever published, the latest publication first, each loaded when it is first needed."""

    def __init__(self, settings: Settings, model: ModelName) -> None:
        files = served_folder(settings, model).glob("*.onnx")
        self._waiting = sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))
        self._known: list[tuple[Champion, Reference]] = []

    def in_charge(self, start: datetime) -> tuple[Champion, Reference] | None:
        """The latest version that was made from nothing later than `start`; None before the first that has a reference."""
        for champion, reference in self._known:
            if reference.until <= start:
                return champion, reference
        while self._waiting:
            latest = Champion(self._waiting.pop().read_bytes())
            told = Reference.of(latest)
            if told is None:
                continue
            self._known.append((latest, told))
            if told.until <= start:
                return latest, told
        return None
