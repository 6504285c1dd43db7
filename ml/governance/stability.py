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
    from scipy.stats import chi2  # type: ignore[import-untyped]  # noqa: PLC0415 - 1 s to import

    known = earlier[~np.isnan(earlier)]
    edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS)) if len(known) else known
    before, after = (_counts(values, edges) for values in (earlier, later))
    held = (before + after) > 0
    bins = int(held.sum())
    if bins == 1:
        return Stability(0.0, 0.0, 1)
    shares = [(part[held] + 0.5) / (part.sum() + 0.5 * bins) for part in (before, after)]
    index = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    critical = float(chi2.ppf(1 - significance, bins - 1)) * (1 / len(earlier) + 1 / len(later))
    return Stability(index, critical, bins)


def _counts(values: Values, edges: Values) -> Values:
    """Values by bin; the last bin holds the missing ones."""
    missing = np.isnan(values)
    places = np.where(missing, len(edges) + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(places, minlength=len(edges) + 2).astype(np.float64)
