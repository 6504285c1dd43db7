"""Whether people are given the same reasons as before: how often each came first, between two periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.governance.drift import Binned, binned, drift
from ml.governance.resampling import Clusters, numbered
from ml.governance.stability import Stability


@dataclass(frozen=True)
class FirstReasons:
    """The first reason of each row that was given one, and whose row it is."""

    codes: Sequence[str]
    clusters: Clusters


@dataclass(frozen=True)
class ReasonStability:
    """Shares by code in both periods, and the index of what moved."""

    earlier: Mapping[str, float]
    later: Mapping[str, float]
    stability: Stability

    def metrics(self) -> dict[str, float]:
        """The index beside its critical value."""
        return {"reason_stability": self.stability.index, "reason_stability_critical": self.stability.critical}


def reason_stability(
    codes: Sequence[str], earlier: FirstReasons, later: FirstReasons, significance: float
) -> ReasonStability:
    """Over all declared codes, in their order; a period without any reason has no share and moves nothing."""
    if not len(earlier.codes) or not len(later.codes):
        nothing = dict.fromkeys(codes, 0.0)
        return ReasonStability(nothing, nothing, Stability(0.0, 0.0, 0))
    before, after = (_counted(codes, part) for part in (earlier, later))
    return ReasonStability(_shares(codes, before), _shares(codes, after), drift(before, after, significance))


def _counted(codes: Sequence[str], part: FirstReasons) -> Binned:
    """Each code as the number of its place, and a bin for each."""
    places = {code: float(place) for place, code in enumerate(codes)}
    values = np.array([places[code] for code in part.codes], dtype=np.float64)
    edges = np.arange(len(codes) - 1, dtype=np.float64) + 0.5
    return binned(values, numbered(part.clusters), edges)


def _shares(codes: Sequence[str], counted: Binned) -> dict[str, float]:
    """The last bin is that of missing values, and empty: everybody here was given a reason."""
    return dict(zip(codes, (counted.counts / counted.counts.sum()).tolist(), strict=False))
