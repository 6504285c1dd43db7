"""The curves of a benchmark as SVG: figures named curve_<what>_<x> become one chart for each <what>."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

from contracts.benchmarks import Figure

_NAMED = re.compile(r"curve_(?P<what>[a-z_]+)_(?P<x>[0-9.]+)")
_WIDE = 30.0  # from which span on an axis is logarithmic


def curves(figures: Mapping[str, Figure], prefix: str = "streaming") -> dict[str, str]:
    """SVG by file name; the same figures give the same text."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    units: dict[str, str] = {}
    for name, figure in figures.items():
        if (found := _NAMED.fullmatch(name)) is not None:
            points[found["what"]].append((float(found["x"]), figure.value))
            units[found["what"]] = figure.unit
    return {f"{prefix}_{what}.svg": _chart(what, sorted(given), units[what]) for what, given in points.items()}


def _chart(what: str, points: list[tuple[float, float]], unit: str) -> str:
    xs, ys = zip(*points, strict=True)
    with mpl.rc_context({"svg.hashsalt": "atalaya", "svg.fonttype": "none"}):
        drawing = Drawing(figsize=(5.6, 3.2), layout="constrained")
        axes = drawing.add_subplot()
        axes.plot(xs, ys, marker="o", color="#1f5f8b", linewidth=1.8)
        if xs[0] > 0 and xs[-1] / xs[0] > _WIDE:
            axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel(what.replace("_", " "))
        axes.set_ylabel(unit)
        axes.grid(visible=True, alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        text = io.StringIO()
        drawing.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
