"""Whether a later population is the one that a model was made from: PSI of the score, CSI of each feature.

The index has no limit that fits every sample: under no shift it is distributed as chi-square with (bins - 1) degrees of
freedom, times (1/n + 1/m) for samples of n and m (Yurdakul 2018, Statistical Properties of Population Stability Index,
Western Michigan University; Yurdakul and Naranjo 2020, Journal of Risk Model Validation 14(4)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_BINS = 10

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """An index beside the value that chance exceeds with the stated probability."""

    index: float
    critical: float
    bins: int

    @property
    def shifted(self) -> bool:
        """Whether chance alone is a poor explanation."""
        return self.index > self.critical


def stability(earlier: Values, later: Values, significance: float) -> Stability:
    """The index over deciles of the earlier values, missing ones in a bin of their own; equal values share a bin."""
    edges = bin_edges(earlier)
    before, after = (_counts(values, edges) for values in (earlier, later))
    return stability_of_counts(before, after, significance)


def stability_of_counts(before: Values, after: Values, significance: float) -> Stability:
    """The index over counts by category, those that neither has left out."""
    from scipy.stats import chi2  # type: ignore[import-untyped]  # noqa: PLC0415 - 1 s to import

    held = (before + after) > 0
    bins = int(held.sum())
    if bins <= 1 or not before.sum() or not after.sum():
        return Stability(0.0, 0.0, bins)
    critical = float(chi2.ppf(1 - significance, bins - 1)) * (1 / float(before.sum()) + 1 / float(after.sum()))
    return Stability(stability_index(before[held], after[held]), critical, bins)


def stability_index(before: Values, after: Values) -> float:
    """The index of two rows of counts, half a row added to each bin so that an empty one has a logarithm."""
    earlier, later = ((part + 0.5) / (part.sum() + 0.5 * len(part)) for part in (before, after))
    return float(np.sum((later - earlier) * np.log(later / earlier)))


def bin_edges(values: Values) -> Values:
    """The deciles of the known values, equal ones once."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS)) if len(known) else known


def bin_places(values: Values, edges: Values) -> npt.NDArray[np.intp]:
    """The bin of each value; the last bin holds the missing ones."""
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))


def _counts(values: Values, edges: Values) -> Values:
    return np.bincount(bin_places(values, edges), minlength=len(edges) + 2).astype(np.float64)
