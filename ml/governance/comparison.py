"""How much better one score tells defaults than another on the same applicants, with what chance alone could do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


def auc_interval(scores: Scores, default: Outcomes) -> AucDifference:
    """An AUC with its 95 % interval, as a difference from zero."""
    return _interval(_components(scores, default), auc(scores, default))


def auc_difference(scores: Scores, others: Scores, default: Outcomes) -> AucDifference:
    """AUC of `scores` less AUC of `others`; the interval is DeLong's, DeLong and Clarke-Pearson, Biometrics 44(3), 1988."""
    first, second = _components(scores, default), _components(others, default)
    components = (first[0] - second[0], first[1] - second[1])
    return _interval(components, auc(scores, default) - auc(others, default))


def _interval(components: tuple[Scores, Scores], value: float) -> AucDifference:
    variance = sum(float(part.var(ddof=1)) / len(part) for part in components)
    reach = _TWO_SIDED_95 * float(np.sqrt(variance))
    return AucDifference(value, value - reach, value + reach)


def _components(scores: Scores, default: Outcomes) -> tuple[Scores, Scores]:
    """For each defaulted applicant the share of others that scored lower, and for each other the share that scored higher."""
    bad, good = np.sort(scores[default]), np.sort(scores[~default])
    return _below(scores[default], good), 1 - _below(scores[~default], bad)


def _below(values: Scores, others: Scores) -> Scores:
    """The share of sorted `others` below each value, equal ones counting half."""
    counted = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
    return np.asarray(counted / (2 * len(others)), dtype=np.float64)
