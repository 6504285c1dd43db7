"""A scorecard: bins with their points, which add up to the log odds (fitted in ml.credit.card_fitting)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.models.credit import PointScale


@dataclass(frozen=True)
class Bin:
    """Values in [lower, upper) are worth `points`."""

    lower: float
    upper: float
    points: float
    default_rate: float


@dataclass(frozen=True)
class ScoredFeature:
    """One feature of the card: its bins in ascending order and the points of a missing value."""

    name: str
    bins: tuple[Bin, ...]
    missing_points: float

    @property
    def best_points(self) -> float:
        """The most that the feature can bring."""
        return max(item.points for item in self.bins)

    def points(self, value: float) -> float:
        """Points of one value; NaN is missing."""
        if math.isnan(value):
            return self.missing_points
        return next(item.points for item in self.bins if item.lower <= value < item.upper)

    def all_points(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Points of many values."""
        edges = np.array([item.lower for item in self.bins[1:]])
        points = np.array([item.points for item in self.bins])[np.searchsorted(edges, values, side="right")]
        return np.where(np.isnan(values), self.missing_points, points)


@dataclass(frozen=True)
class Scorecard:
    """A fitted card. The points of an applicant's features add up to the score."""

    features: tuple[ScoredFeature, ...]
    scale: PointScale

    @property
    def factor(self) -> float:
        """Points for one unit of log odds."""
        return self.scale.points_to_double_odds / math.log(2)

    @property
    def offset(self) -> float:
        """Points at even odds."""
        return self.scale.base_points - self.factor * math.log(self.scale.base_odds)

    def score(self, values: dict[str, float]) -> float:
        """Unrounded points of one applicant."""
        return math.fsum(feature.points(values[feature.name]) for feature in self.features)

    def log_odds(self, score: float) -> float:
        """Logarithm of the odds of repaying that a score stands for."""
        return (score - self.offset) / self.factor

    def probability_of_default(self, score: float) -> float:
        """The probability that a score stands for."""
        return 1 / (1 + math.exp(self.log_odds(score)))
