"""Chance as the data have it: whole accounts and borrowers are drawn anew, since what one of them does is not independent.

The cluster bootstrap: Davison and Hinkley, Bootstrap Methods and their Application, 1997, 3.8; Field and Welsh, Journal of the
Royal Statistical Society B 69(3), 2007. A draw says how often each cluster came, not which rows, so that nothing is sorted again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

RESAMPLES = 200
_SEED = 7
_CENTRAL_95 = (0.025, 0.975)

Values = npt.NDArray[np.float64]
Clusters = npt.NDArray[np.intp]
Counts = npt.NDArray[np.intp]


def numbered(clusters: Clusters) -> Clusters:
    """The same clusters by numbers from 0 without a gap, whatever rows were left out."""
    return np.unique(clusters, return_inverse=True)[1]


def cluster_draws(clusters: Clusters) -> Iterator[Counts]:
    """How often each cluster was drawn: as many as there are, with replacement, the same draws each time."""
    generator = np.random.default_rng(_SEED)
    count = int(clusters.max()) + 1
    for _ in range(RESAMPLES):
        yield np.bincount(generator.integers(0, count, count), minlength=count)


def central(drawn: Values) -> tuple[float, float]:
    """The ends of the central 95 % of the draws that have a value; NaN where none has."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, _CENTRAL_95).tolist()
    return low, high
