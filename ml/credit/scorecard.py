"""Bins, weights and points: optbinning finds monotone bins, a logistic fit weighs them, the scale makes points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts.errors import InvalidInputError
from contracts.models import CreditModel, PointScale
from ml.credit.dataset import CreditDataset

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]


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


def fit_scorecard(dataset: CreditDataset, model: CreditModel) -> tuple[Scorecard, Any]:
    """The card, and optbinning's own object that it must agree with.

    A feature whose weight turns against its bins, or that has only one bin, is left out and the rest fitted again:
    its points would contradict the reason given for them.
    """
    names = [feature.name for feature in model.features if _varies(dataset.train[feature.name])]
    if not names:
        raise InvalidInputError("every feature has one value only", field=f"{model.app}.{model.table}")
    while True:
        fitted = _fit(dataset.train, names, model)
        weights = dict(zip(names, fitted.estimator_.coef_[0], strict=True))
        flat = [name for name in names if len(fitted.binning_process_.get_binned_variable(name).splits) == 0]
        wrong = flat or [name for name in names if weights[name] >= 0]
        if not wrong or len(names) == len(wrong):
            return _as_scorecard(fitted, names, model.scale), fitted
        worst = max(wrong, key=weights.__getitem__)
        names.remove(worst)


def _varies(values: pd.Series) -> bool:
    return bool(values.min() < values.max())


def _fit(train: pd.DataFrame, names: list[str], model: CreditModel) -> Any:  # noqa: ANN401 - optbinning is untyped
    from optbinning import BinningProcess  # type: ignore[import-untyped]  # noqa: PLC0415 - 10 s to import
    from optbinning import Scorecard as OptimalScorecard  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415

    trends = {feature.name: {"monotonic_trend": feature.trend} for feature in model.features if feature.name in names}
    scale = model.scale
    binning = BinningProcess(names, min_bin_size=model.training.minimum_bin_share, binning_fit_params=trends)
    card = OptimalScorecard(
        binning_process=binning,
        estimator=LogisticRegression(C=1e6, max_iter=1000),
        scaling_method="pdo_odds",
        scaling_method_params={
            "pdo": scale.points_to_double_odds,
            "odds": scale.base_odds,
            "scorecard_points": scale.base_points,
        },
    )
    return card.fit(train[names], train["default"].astype(int).to_numpy(), metric_missing="empirical")


def _as_scorecard(fitted: Any, names: list[str], scale: PointScale) -> Scorecard:  # noqa: ANN401
    table = fitted.table(style="detailed")
    return Scorecard(tuple(_feature(fitted, table, name) for name in names), scale)


def _feature(fitted: Any, table: pd.DataFrame, name: str) -> ScoredFeature:  # noqa: ANN401
    splits = [float(split) for split in fitted.binning_process_.get_binned_variable(name).splits]
    rows = table[table["Variable"] == name]
    edges = [-np.inf, *splits, np.inf]
    bins = tuple(
        Bin(lower, upper, float(row["Points"]), float(row["Event rate"]))
        for lower, upper, (_, row) in zip(edges[:-1], edges[1:], rows.iterrows(), strict=False)
    )
    missing = rows[rows["Bin"].astype(str) == "Missing"]
    return ScoredFeature(name, bins, float(missing["Points"].iloc[0]))
