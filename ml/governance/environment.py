"""What besides data and code decides on a model's bytes: the libraries that compute it, and the processor they compute on."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

# Those whose arithmetic, order or file format can change a model.
_LIBRARIES = ("lightgbm", "numpy", "onnx", "optbinning", "ortools", "pandas", "scikit-learn", "scipy")


def environment() -> dict[str, str]:
    """Versions by name, Python among them, and the processor's name as Linux tells it."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "processor": _processor(Path("/proc/cpuinfo")),
    }


def _processor(told: Path) -> str:
    """Libraries choose their instructions by it; the machine's kind where no name is told."""
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
