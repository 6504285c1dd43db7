"""The headline figures of a score on outcomes, each with what chance alone could do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.governance.resampling import Clusters, Counts, Values, central, cluster_draws, numbered

Outcomes = npt.NDArray[np.bool_]

RANKED = ("auc", "average_precision")


@dataclass(frozen=True)
class Performance:
    """Figures by name, and the same of each draw of clusters; NaN in draws in which all fared alike."""

    found: Mapping[str, float]
    drawn: Mapping[str, Values]

    def metrics(self) -> dict[str, float]:
        """Each figure with the ends of its 95 % interval, `_low` and `_high`."""
        told: dict[str, float] = {}
        for name, value in self.found.items():
            low, high = central(self.drawn[name])
            told |= {name: value, f"{name}_low": low, f"{name}_high": high}
        return told

    def spread(self, name: str) -> float:
        """The standard error of one figure; NaN where no draw has it."""
        known = self.drawn[name][~np.isnan(self.drawn[name])]
        return float(known.std()) if len(known) else float("nan")

    def less(self, other: Performance) -> Performance:
        """The difference from another score of the same rows; its draws are paired, since draws repeat."""
        found = {f"{name}_delta": self.found[name] - other.found[name] for name in RANKED}
        drawn = {f"{name}_delta": self.drawn[name] - other.drawn[name] for name in RANKED}
        return Performance(found, drawn)


def performance(
    scores: Values, outcome: Outcomes, clusters: Clusters, alert_budget: float | None = None
) -> Performance:
    """AUC, Gini, Kolmogorov-Smirnov, average precision and Brier; with a budget, precision and recall of that share of alerts.

    `clusters` numbers whose each row is. Where all fared alike, what is undefined is NaN.
    """
    clusters = numbered(clusters)
    ranked = _Ranked(scores, outcome, clusters)
    found = ranked.figures(np.ones(int(clusters.max()) + 1, dtype=np.intp), alert_budget)
    draws = [ranked.figures(counts, alert_budget) for counts in cluster_draws(clusters)]
    return Performance(found, {name: np.array([one[name] for one in draws]) for name in found})


class _Ranked:
    """Rows from the highest score down, equal scores as one step. Only steps that hold an event bend a curve."""

    def __init__(self, scores: Values, outcome: Outcomes, clusters: Clusters) -> None:
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
        self._clusters = clusters[order]
        self._events = np.flatnonzero(outcome[order])
        self._ends = ends
        self._bent = np.unique(np.searchsorted(ends, self._events))
        self._squares = np.bincount(clusters, (scores - outcome) ** 2)

    def figures(self, counts: Counts, alert_budget: float | None) -> dict[str, float]:
        """Of the rows, each counted as often as its cluster was drawn."""
        drawn = counts[self._clusters]
        taken = np.cumsum(drawn)
        caught = np.append(0, np.cumsum(drawn[self._events]))
        with np.errstate(invalid="ignore", divide="ignore"):
            figures = self._of_steps(taken, caught) | {"brier": float(counts @ self._squares / taken[-1])}
            if alert_budget is not None:
                figures |= self._within(taken, caught, alert_budget)
        return figures

    def _of_steps(self, taken: Counts, caught: Counts) -> dict[str, float]:
        """From the counts of rows, and of events, above and at the end of each step that holds an event."""
        ends = self._ends[self._bent]
        starts = np.append(-1, self._ends)[self._bent]
        rows, rows_above = taken[ends], np.append(0, taken)[starts + 1]
        hits, hits_above = (caught[np.searchsorted(self._events, at, side="right")] for at in (ends, starts))
        wrong, wrong_above = rows - hits, rows_above - hits_above
        events, others = float(caught[-1]), float(taken[-1] - caught[-1])
        below = others - (wrong + wrong_above) / 2
        auc = float(((hits - hits_above) * below).sum() / (events * others))
        gaps = (hits / events - wrong / others, hits_above / events - wrong_above / others)
        precision = hits / np.maximum(rows, 1)
        return {
            "auc": auc,
            "gini": 2 * auc - 1,
            "kolmogorov_smirnov": float(np.abs(gaps).max()) if events else float("nan"),
            "average_precision": float(((hits - hits_above) * precision).sum() / events),
        }

    def _within(self, taken: Counts, caught: Counts, share: float) -> dict[str, float]:
        """Of the alerts that fit into the budget, at least those with the highest score."""
        fitting = np.searchsorted(taken, share * taken[-1] * (1 + 1e-12), side="right")
        last = self._ends[max(int(np.searchsorted(self._ends, fitting)) - 1, 0)]
        hits = caught[np.searchsorted(self._events, last, side="right")]
        return {
            "precision_at_budget": float(hits / taken[last]),
            "recall_at_budget": float(hits / caught[-1]),
        }
