"""Where the challenger's trees start: a ridge regression that keeps to the declared directions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ml.credit.encoding import Outcomes

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LinearStart:
    """Log odds = intercept + (values - means) · weights. A missing value counts as its column's mean.

    A value outside of what training held counts as the nearest that it did: a line knows nothing beyond its points.
    """

    means: Matrix
    lowest: Matrix
    highest: Matrix
    weights: Matrix
    intercept: float

    def parts(self, values: Matrix) -> Matrix:
        """What each column adds to the intercept, [rows, columns]."""
        known = np.where(np.isnan(values), self.means, np.clip(values, self.lowest, self.highest))
        return np.asarray((known - self.means) * self.weights, dtype=np.float64)

    def log_odds(self, values: Matrix) -> Matrix:
        """Log odds of default, [rows, columns] to [rows]."""
        return np.asarray(self.parts(values).sum(axis=1) + self.intercept, dtype=np.float64)

    def scaled(self, share: float) -> LinearStart:
        """The same start with its log odds drawn towards even odds."""
        return replace(self, weights=self.weights * share, intercept=self.intercept * share)


def fit_linear_start(values: Matrix, default: Outcomes, directions: Matrix, inverse_penalty: float) -> LinearStart:
    """Ridge weights on standardised columns; one that goes against its direction (-1, 1; 0 is free) is left out.

    Columns with one value, or none, weigh nothing.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    empty = np.isnan(values).all(axis=0)
    means = np.where(empty, 0.0, np.nanmean(np.where(empty, 0.0, values), axis=0))
    known = np.where(np.isnan(values), means, values)
    spread = known.std(axis=0)
    weights = np.zeros(values.shape[1])
    chosen = np.flatnonzero(spread > 0)
    fit = LogisticRegression(C=inverse_penalty, max_iter=1000)
    while True:
        fit.fit((known[:, chosen] - means[chosen]) / spread[chosen], default)
        against = fit.coef_[0] * directions[chosen] < 0
        if not against.any() or against.all():
            break
        chosen = chosen[~against]
    weights[chosen] = np.where(against, 0.0, fit.coef_[0]) / spread[chosen]
    return LinearStart(means, known.min(axis=0), known.max(axis=0), weights, float(fit.intercept_[0]))
