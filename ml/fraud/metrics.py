"""How good the fraud model is on time it has not seen, with what chance alone could do to the figures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.fraud.dataset import Part
from ml.fraud.thresholds import Thresholds

_RESAMPLES = 100
_SEED = 7


def evaluate(scores: npt.NDArray[np.float64], part: Part, thresholds: Thresholds) -> dict[str, float]:
    """Metrics over one part; rates are shares of 1, money in US cents."""
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score  # type: ignore[import-untyped]  # noqa: PLC0415

    metrics = {
        "auc": float(roc_auc_score(part.fraud, scores)),
        "average_precision": float(average_precision_score(part.fraud, scores)),
        "brier": float(brier_score_loss(part.fraud, scores)),
        "movements": float(len(scores)),
        "frauds": float(part.frauds),
        "fraud_rate": float(part.fraud.mean()),
        "mean_probability": float(scores.mean()),
    }
    for name, threshold in (("review", thresholds.review), ("decline", thresholds.decline)):
        metrics |= _at(name, scores >= threshold, part)
    return metrics | _intervals(scores, part.fraud)


def _at(name: str, taken: npt.NDArray[np.bool_], part: Part) -> dict[str, float]:
    caught = taken & part.fraud
    money = float(part.amount_usd_minor[part.fraud].sum())
    return {
        f"{name}_recall": float(caught.sum() / max(part.frauds, 1)),
        f"{name}_precision": float(caught.sum() / max(int(taken.sum()), 1)),
        f"{name}_share": float(taken.mean()),
        f"{name}_money_recall": float(part.amount_usd_minor[caught].sum() / max(money, 1.0)),
    }


def _intervals(scores: npt.NDArray[np.float64], fraud: npt.NDArray[np.bool_]) -> dict[str, float]:
    """The central 90 % of the metrics over resampled movements."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415 - 2 s to import

    generator = np.random.default_rng(_SEED)
    frauds, others = np.flatnonzero(fraud), np.flatnonzero(~fraud)
    drawn: dict[str, list[float]] = {"auc": [], "average_precision": []}
    for _ in range(_RESAMPLES):
        rows = np.concatenate([generator.choice(group, len(group)) for group in (frauds, others)])
        drawn["auc"].append(float(roc_auc_score(fraud[rows], scores[rows])))
        drawn["average_precision"].append(float(average_precision_score(fraud[rows], scores[rows])))
    return {
        f"{name}_{side}": float(np.quantile(values, share))
        for name, values in drawn.items()
        for side, share in (("low", 0.05), ("high", 0.95))
    }
