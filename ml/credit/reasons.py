"""Why an applicant did not get more points: the features that lost most against their best bin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LEAST_POINTS = 0.5  # less than this rounds to nothing


@dataclass(frozen=True)
class Loss:
    """Points that a feature lost against its best bin."""

    feature: str
    points: float


def largest_losses(points: Mapping[str, float], best: Mapping[str, float], count: int) -> list[Loss]:
    """At most `count` features by points lost, most first, ties in the card's order."""
    losses = [Loss(name, best[name] - value) for name, value in points.items() if best[name] - value >= _LEAST_POINTS]
    return sorted(losses, key=lambda loss: -loss.points)[:count]


def first_reasons(points: Mapping[str, npt.NDArray[np.float64]], best: Mapping[str, float]) -> npt.NDArray[np.str_]:
    """Of many applicants the feature that `largest_losses` names first; an empty text where nothing was lost."""
    lost = np.stack([best[name] - values for name, values in points.items()])
    named = np.array(list(points))[lost.argmax(axis=0)]
    return np.where(lost.max(axis=0) >= _LEAST_POINTS, named, "")
