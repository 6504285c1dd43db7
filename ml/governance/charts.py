"""The charts of a run, as SVG: the same tables give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ml.governance.calibration import Calibration, Gain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _ACCENT, _MUTED = "#1f5f8b", "#d97706", "#5b6b7b"


def calibration_chart(found: Calibration) -> str:
    """Observed share by mean probability, with 95 % intervals, beside what a calibrated score would have; both logarithmic."""
    shown = [band for band in found.bands if band.expected > 0 and band.observed > 0]

    def draw(axes: Axes) -> None:
        expected, observed = [band.expected for band in shown], [band.observed for band in shown]
        spread = [
            [max(band.observed - band.observed_low, 0.0) for band in shown],
            [max(band.observed_high - band.observed, 0.0) for band in shown],
        ]
        if shown:
            ends = (min(expected + observed), max(expected + observed))
            axes.plot(ends, ends, color=_MUTED, linewidth=1, linestyle="--")
            axes.errorbar(expected, observed, yerr=spread, fmt="o", color=_INK, capsize=2)
            axes.set_xscale("log")
            axes.set_yscale("log")
        axes.set_xlabel("mean probability")
        axes.set_ylabel("observed share")

    return _svg(draw)


def gain_chart(rows: Sequence[Gain]) -> str:
    """The share of events captured by the share of alerts, beside alerts drawn by chance."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_MUTED, linewidth=1, linestyle="--")
        axes.plot([0, *(row.share for row in rows)], [0, *(row.captured for row in rows)], marker="o", color=_ACCENT)
        axes.set_xlabel("share of alerts")
        axes.set_ylabel("share of events captured")

    return _svg(draw)


def _svg(draw: Callable[[Axes], None]) -> str:
    import matplotlib as mpl  # noqa: PLC0415 - 1 s to import
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context({"svg.hashsalt": "atalaya", "svg.fonttype": "none"}):
        drawing = Figure(figsize=(5.6, 3.6), layout="constrained")
        axes = drawing.add_subplot()
        draw(axes)
        axes.grid(visible=True, alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        text = io.StringIO()
        drawing.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
