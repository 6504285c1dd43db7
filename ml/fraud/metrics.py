"""How good the fraud model is on time it has not seen, with what chance alone could do to the figures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.fraud.dataset import Part
from ml.fraud.thresholds import Thresholds
from ml.governance.performance import Performance, performance

Scores = npt.NDArray[np.float64]


def headline(scores: Scores, part: Part, alert_budget: float) -> Performance:
    """The figures that a model is known by, with draws of whole accounts."""
    return performance(scores, part.fraud, part.account, alert_budget)


def evaluate(scores: Scores, part: Part, thresholds: Thresholds, judged: Performance) -> dict[str, float]:
    """Metrics over one part, its headline among them; rates are shares of 1, money in US cents, intervals 95 %."""
    metrics = {
        **judged.metrics(),
        "movements": float(len(scores)),
        "frauds": float(part.frauds),
        "fraud_rate": float(part.fraud.mean()),
        "mean_probability": float(scores.mean()),
    }
    for name, threshold in (("review", thresholds.review), ("decline", thresholds.decline)):
        metrics |= _at(name, scores >= threshold, part)
    return metrics


def _at(name: str, taken: npt.NDArray[np.bool_], part: Part) -> dict[str, float]:
    caught = taken & part.fraud
    money = float(part.amount_usd_minor[part.fraud].sum())
    return {
        f"{name}_recall": float(caught.sum() / max(part.frauds, 1)),
        f"{name}_precision": float(caught.sum() / max(int(taken.sum()), 1)),
        f"{name}_share": float(taken.mean()),
        f"{name}_money_recall": float(part.amount_usd_minor[caught].sum() / max(money, 1.0)),
    }


def challenger_delta(challenger: Performance, champion: Scores, part: Part) -> dict[str, float]:
    """The challenger's AUC and average precision minus the champion's on the same movements, with the 95 % interval.

    Both are judged by the same draw of accounts each time: what is easy or hard about it falls out of the difference, which is
    why its noise is far smaller than that of either.
    """
    return challenger.less(performance(champion, part.fraud, part.account)).metrics()
