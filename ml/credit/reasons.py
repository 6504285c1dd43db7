"""Why an applicant did not get more points: the features that lost most against their best bin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
