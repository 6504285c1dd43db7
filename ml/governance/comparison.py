"""How much better one score tells defaults than another on the same applicants, with what chance alone could do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.governance.resampling import Clusters, numbered

_TWO_SIDED_95 = 1.959963984540054  # quantile of the normal distribution

Scores = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AucDifference:
    """A paired difference of AUC and the ends of its 95 % interval."""

    difference: float
    low: float
    high: float


def auc(scores: Scores, default: Outcomes) -> float:
    """The share of pairs, a defaulted applicant and another, that the score puts in order; equal scores count half."""
    return float(_components(scores, default)[0].mean())


def auc_difference(scores: Scores, others: Scores, default: Outcomes, clusters: Clusters) -> AucDifference:
    """AUC of `scores` less AUC of `others`; `clusters` numbers whose each row is.

    The interval is Obuchowski's for clustered rows, Biometrics 53(2), 1997; where every row is its own cluster it is DeLong's,
    DeLong and Clarke-Pearson, Biometrics 44(3), 1988.
    """
    first, second = _components(scores, default), _components(others, default)
    difference = auc(scores, default) - auc(others, default)
    bad, good = (one - other - difference for one, other in zip(first, second, strict=True))
    reach = _TWO_SIDED_95 * float(np.sqrt(_variance(bad, good, default, numbered(clusters))))
    return AucDifference(difference, difference - reach, difference + reach)


def _variance(bad: Scores, good: Scores, default: Outcomes, clusters: Clusters) -> float:
    """Of a difference whose components lie so far from it; a cluster's move together, of both kinds."""
    count = int(clusters.max()) + 1
    of_bad, of_good = (
        np.bincount(clusters[rows], part, minlength=count) / len(part)
        for rows, part in ((default, bad), (~default, good))
    )
    holding_bad, holding_good = (len(np.unique(clusters[rows])) for rows in (default, ~default))
    own = _small_sample(holding_bad) * of_bad @ of_bad + _small_sample(holding_good) * of_good @ of_good
    together: float = (own + 2 * _small_sample(count) * of_bad @ of_good).item()
    return max(together, 0.0)


def _small_sample(clusters: int) -> float:
    """What a variance over so many clusters is multiplied by; one cluster says nothing of how they vary."""
    return clusters / (clusters - 1) if clusters > 1 else float("nan")


def _components(scores: Scores, default: Outcomes) -> tuple[Scores, Scores]:
    """For each defaulted applicant the share of others that scored lower, and for each other the share that scored higher."""
    bad, good = np.sort(scores[default]), np.sort(scores[~default])
    return _below(scores[default], good), 1 - _below(scores[~default], bad)


def _below(values: Scores, others: Scores) -> Scores:
    """The share of sorted `others` below each value, equal ones counting half."""
    counted = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
    return np.asarray(counted / (2 * len(others)), dtype=np.float64)
