"""Where the time goes, as SVG: for each load one bar of medians and one of the slowest hundredth, stage after stage."""

from __future__ import annotations

import io
from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

from contracts.benchmarks import Figure
from tests.bench.latency_stages import falling

_KINDS = ("p50", "slowest")
_TITLES = {"p50": "medians", "slowest": "slowest 1 %"}


def waterfalls(figures: Mapping[str, Figure]) -> dict[str, str]:
    """One chart for each load whose stages are known."""
    loads = dict.fromkeys(name.partition("_stage_")[0] for name in figures if "_stage_" in name)
    return {f"latency_{load}.svg": _chart(figures, load) for load in loads}


def _chart(figures: Mapping[str, Figure], load: str) -> str:
    with mpl.rc_context({"svg.hashsalt": "atalaya", "svg.fonttype": "none"}):
        drawing = Drawing(figsize=(7.2, 2.4), layout="constrained")
        axes = drawing.add_subplot()
        left = dict.fromkeys(_KINDS, 0.0)
        stages = [stage for stage, _ in falling(figures, load, "p50")]
        colours = mpl.colormaps["tab10"]
        for number, stage in enumerate(stages):
            for kind in _KINDS:
                width = dict(falling(figures, load, kind))[stage]
                label = stage.replace("_", " ") if kind == "p50" else None
                axes.barh(_TITLES[kind], width, left=left[kind], color=colours(number), label=label)
                left[kind] += width
        axes.invert_yaxis()
        axes.set_xlabel(f"{load.replace('_', ' ')}: ms")
        axes.legend(ncols=4, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, 1.45), frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        text = io.StringIO()
        drawing.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
