"""How good a score is within each part of the population, and within each band of the score: calibration and gains."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from ml.governance.comparison import auc

_SCORE_BANDS, _VALUE_BANDS = 10, 4

Values = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SegmentRow:
    """One segment. `expected` are the events (defaults, frauds) that the score foretold, `auc` is None where all fared alike.

    `captured` is the share of all events in it and in the segments above it in the table: for bands of the score,
    riskiest first, the gain curve.
    """

    attribute: str
    segment: str
    rows: int
    events: int
    expected: float
    auc: float | None
    captured: float


def score_bands(scores: Values, outcome: Outcomes) -> tuple[SegmentRow, ...]:
    """Tenths of the rows by score, riskiest first."""
    order = np.argsort(-scores, kind="stable")
    bands = np.empty(len(scores), dtype=np.int64)
    bands[order] = np.arange(len(scores)) * _SCORE_BANDS // len(scores) + 1
    return _rows("score", np.char.zfill(bands.astype(str), 2), scores, outcome)


def value_bands(train: pd.DataFrame, test: pd.DataFrame, scores: Values, outcome: Outcomes) -> tuple[SegmentRow, ...]:
    """Quarters of each numeric column by its training values, missing ones apart; `test` has a row for each score."""
    rows: list[SegmentRow] = []
    for name in test.columns:
        earlier, values = (part[name].to_numpy(dtype=np.float64) for part in (train, test))
        if np.isnan(earlier).all():
            continue
        edges = np.unique(np.nanquantile(earlier, np.arange(1, _VALUE_BANDS) / _VALUE_BANDS))
        names = _band_names(edges)
        places = np.where(np.isnan(values), len(names) - 1, np.searchsorted(edges, values, side="left"))
        rows += _rows(str(name), np.array(names)[places], scores, outcome)
    return tuple(rows)


def _band_names(edges: Values) -> list[str]:
    ends = [f"{edge:.6g}" for edge in edges]
    between = [f"{low} < value <= {high}" for low, high in pairwise(ends)]
    return [f"up to {ends[0]}", *between, f"over {ends[-1]}", "missing"]


def _rows(attribute: str, segments: npt.NDArray[np.str_], scores: Values, outcome: Outcomes) -> tuple[SegmentRow, ...]:
    rows, captured = [], 0
    for segment in np.unique(segments):
        own = segments == segment
        events = int(outcome[own].sum())
        captured += events
        told = 0 < events < own.sum()
        rows.append(
            SegmentRow(
                attribute=attribute,
                segment=str(segment),
                rows=int(own.sum()),
                events=events,
                expected=float(scores[own].sum()),
                auc=auc(scores[own], outcome[own]) if told else None,
                captured=captured / max(int(outcome.sum()), 1),
            )
        )
    return tuple(rows)
