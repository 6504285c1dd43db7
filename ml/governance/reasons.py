"""Whether people are given the same reasons as before: how often each came first, between two periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.governance.drift import binned, drift
from ml.governance.resampling import Clusters
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
    edges = np.arange(len(codes) - 1) + 0.5
    places = {code: float(place) for place, code in enumerate(codes)}
    before, after = (
        binned(np.array([places[code] for code in part.codes]), np.unique(part.clusters, return_inverse=True)[1], edges)
        for part in (earlier, later)
    )
    shares = [dict(zip(codes, (part.counts / part.counts.sum()).tolist(), strict=False)) for part in (before, after)]
    return ReasonStability(*shares, drift(before, after, significance))
