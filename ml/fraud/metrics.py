"""How good the fraud model is on time it has not seen, with what chance alone could do to the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ml.fraud.dataset import Part
from ml.fraud.thresholds import Thresholds

_RESAMPLES = 100
_SEED = 7
_RANKED = ("auc", "average_precision")


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


def challenger_delta(
    challenger: npt.NDArray[np.float64], champion: npt.NDArray[np.float64], fraud: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """The challenger's metrics minus the champion's on the same movements, with the central 90 % of the paired resamples.

    Both are judged by the same draw each time: what is easy or hard about it falls out of the difference, which is why its noise is
    far smaller than that of either.
    """
    drawn = [_ranked(challenger[rows], fraud[rows]) - _ranked(champion[rows], fraud[rows]) for rows in _draws(fraud)]
    found = _ranked(challenger, fraud) - _ranked(champion, fraud)
    names = [f"{name}_delta" for name in _RANKED]
    return dict(zip(names, found.tolist(), strict=True)) | _central(names, drawn)


def _intervals(scores: npt.NDArray[np.float64], fraud: npt.NDArray[np.bool_]) -> dict[str, float]:
    """The central 90 % of the metrics over resampled movements."""
    return _central(_RANKED, [_ranked(scores[rows], fraud[rows]) for rows in _draws(fraud)])


def _ranked(scores: npt.NDArray[np.float64], fraud: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415 - 2 s to import

    return np.array([roc_auc_score(fraud, scores), average_precision_score(fraud, scores)])


def _draws(fraud: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.intp]]:
    """Row numbers drawn anew with replacement, as many frauds and as many others as there are."""
    generator = np.random.default_rng(_SEED)
    frauds, others = np.flatnonzero(fraud), np.flatnonzero(~fraud)
    for _ in range(_RESAMPLES):
        yield np.concatenate([generator.choice(group, len(group)) for group in (frauds, others)])


def _central(names: Sequence[str], drawn: Sequence[npt.NDArray[np.float64]]) -> dict[str, float]:
    ends = zip(*(np.quantile(np.array(drawn), share, axis=0).tolist() for share in (0.05, 0.95)), strict=True)
    return {
        f"{name}_{side}": end
        for name, pair in zip(names, ends, strict=True)
        for side, end in zip(("low", "high"), pair, strict=True)
    }
