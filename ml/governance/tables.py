"""The tables of a run as files that anybody opens: CSV, and SVG of what is drawn of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd  # type: ignore[import-untyped]

from ml.governance.calibration import Calibration, Gain
from ml.governance.charts import calibration_chart, gain_chart
from ml.governance.reasons import ReasonStability
from ml.governance.segments import SegmentRow
from ml.governance.stability import Stability

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def probability_files(found: Calibration, gains: Sequence[Gain]) -> dict[str, str]:
    """Reliability and gains, each as a table and as a chart."""
    return {
        "calibration.csv": csv_text(found.bands),
        "calibration.svg": calibration_chart(found),
        "gains.csv": csv_text(gains),
        "gains.svg": gain_chart(gains),
    }


def population_files(
    stability: Mapping[str, Stability], segments: Sequence[SegmentRow], reasons: ReasonStability
) -> dict[str, str]:
    """Stability by column, segments, and how often each reason came first."""
    columns = pd.DataFrame(
        [{"column": name, **asdict(found), "shifted": found.shifted} for name, found in stability.items()]
    )
    shares = pd.DataFrame(
        [{"reason": code, "earlier": reasons.earlier[code], "later": reasons.later[code]} for code in reasons.earlier]
    )
    return {
        "stability.csv": _text(columns),
        "segments.csv": csv_text(segments),
        "reasons.csv": _text(shares),
    }


def csv_text(rows: Sequence[DataclassInstance]) -> str:
    """One line for each row, in order, under the names of its fields."""
    return _text(pd.DataFrame([asdict(row) for row in rows]))


def _text(frame: pd.DataFrame) -> str:
    text: str = frame.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return text
