"""Whether a later population is the one that a model was made from, where rows of one account are not independent.

Without clusters the stability index is distributed as chi-square times (1/n + 1/m) (ml.governance.stability). With them the
variance of each bin's share is larger by a design effect: the index is divided by what its variance sums up to, and the degrees of
freedom follow how unevenly it is spread (Rao and Scott, Annals of Statistics 12(1), 1984, second-order correction; variances of shares
by the between-cluster estimator: Cochran, Sampling Techniques, 3rd edition 1977, chapter 6). Bins that are too rare to have a chi-square
distribution are joined (Cochran, Biometrics 10(4), 1954). Variances of few clusters are themselves uncertain: chi-square becomes F with as
many further degrees of freedom as the smaller sample has effective clusters, less one (Thomas and Rao, JASA 82, 1987).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.governance.resampling import Clusters, Values
from ml.governance.stability import Stability, bin_edges, bin_places, stability_index

_LEAST_EXPECTED = 5.0
_DIGITS = 6


@dataclass(frozen=True)
class Binned:
    """A column by bins of a reference, without a row of it: counts, and the covariances of the bins' shares.

    The last bin holds the missing values. `covariance` is of the shares as clusters vary; `clusters` is how many of equal size would
    say as much.
    """

    edges: Values
    counts: Values
    covariance: Values
    clusters: float

    @property
    def design_effect(self) -> float:
        """How much more the shares vary than those of as many independent rows, over the bins that hold any."""
        held = self.counts > 0
        if held.sum() < 2:  # noqa: PLR2004 - one bin varies in nothing
            return 1.0
        shares = self.counts[held] / self.counts.sum()
        trace = float((np.diag(self.covariance)[held] / shares).sum())
        return trace * float(self.counts.sum()) / (int(held.sum()) - 1)

    def document(self) -> dict[str, Any]:
        """What JSON holds of it; of the symmetric covariances the lower half."""
        half = self.covariance[np.tril_indices(len(self.counts))]
        return {
            "edges": self.edges.tolist(),
            "counts": [int(count) for count in self.counts],
            "covariance": [float(f"{value:.{_DIGITS}g}") for value in half],
            "clusters": float(f"{self.clusters:.{_DIGITS}g}"),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Binned:
        """What `document` gave."""
        bins = len(document["counts"])
        covariance = np.zeros((bins, bins))
        covariance[np.tril_indices(bins)] = document["covariance"]
        whole = covariance + np.tril(covariance, -1).T
        edges, counts = (np.array(document[name], dtype=np.float64) for name in ("edges", "counts"))
        return cls(edges, counts, whole, float(document["clusters"]))


def binned(values: Values, clusters: Clusters, edges: Values | None = None) -> Binned:
    """Rows by bin, between the deciles of the values themselves where no edges are given; `clusters` are numbers from 0."""
    found = bin_edges(values) if edges is None else edges
    bins, groups = len(found) + 2, int(clusters.max()) + 1
    cells = clusters * bins + bin_places(values, found)
    by_cluster = np.bincount(cells, minlength=groups * bins).reshape(groups, bins).astype(np.float64)
    sizes = by_cluster.sum(axis=1)
    counts = by_cluster.sum(axis=0)
    apart = by_cluster - np.outer(sizes, counts / counts.sum())
    present = int((sizes > 0).sum())
    scale = present / max(present - 1, 1) / counts.sum() ** 2
    return Binned(found, counts, apart.T @ apart * scale, float(counts.sum() ** 2 / (sizes**2).sum()))


def drift(reference: Binned, later: Binned, significance: float) -> Stability:
    """The index beside the value that chance exceeds with the stated probability, both over joined bins."""
    from scipy.stats import f as fisher  # type: ignore[import-untyped]  # noqa: PLC0415 - 1 s to import

    joined = _joining(reference.counts, later.counts)
    before, after = joined @ reference.counts, joined @ later.counts
    if len(joined) < 2:  # noqa: PLR2004 - everything in one bin has no index
        return Stability(0.0, 0.0, len(joined))
    pooled = (before + after) / (before.sum() + after.sum())
    varied = joined @ (reference.covariance + later.covariance) @ joined.T / np.sqrt(np.outer(pooled, pooled))
    total, squares = float(np.trace(varied)), float((varied**2).sum())
    index = stability_index(before, after)
    if total <= 0:
        return Stability(index, 0.0, len(joined))
    freedom = total**2 / squares
    others = max(min(reference.clusters, later.clusters) - 1, 1.0)
    return Stability(index, float(fisher.ppf(1 - significance, freedom, others)) * total, len(joined))


def _joining(before: Values, after: Values) -> Values:
    """A row for each bin that is left, which adds up those that it took in: the rarest joins the next rarest, until none is rare."""
    expected = (before + after) / (before.sum() + after.sum()) * min(before.sum(), after.sum())
    held = expected > 0
    joined: Values = np.eye(len(before), dtype=np.float64)[held]
    expected = expected[held]
    while len(joined) > 1 and expected.min() < _LEAST_EXPECTED:
        rarest, next_rarest = np.argsort(expected, kind="stable")[:2]
        joined[next_rarest] += joined[rarest]
        expected[next_rarest] += expected[rarest]
        joined, expected = np.delete(joined, rarest, axis=0), np.delete(expected, rarest)
    return joined
