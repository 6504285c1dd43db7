"""Fitting a scorecard: optbinning finds monotone bins, a logistic fit weighs them, the scale makes points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from contracts.models.credit import CreditDesign, PointScale
from ml.credit.encoding import Encoding, Outcomes, encode_for_training, fit_encoding
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature

_FOLDS = 3


@dataclass(frozen=True)
class FittedCard:
    """A card, the encoding of the texts it reads, and optbinning's own object that it must agree with."""

    card: Scorecard
    encoding: Encoding
    inverse_penalty: float
    optbinning: Any

    @property
    def names(self) -> tuple[str, ...]:
        """The features that the card reads, in its order."""
        return tuple(feature.name for feature in self.card.features)

    @property
    def best_points(self) -> dict[str, float]:
        """The most that each feature can bring."""
        return {feature.name: feature.best_points for feature in self.card.features}

    def points(self, features: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
        """Points by feature of applicants given by feature, as `ml.credit.dataset.feature_frame` makes them."""
        encoded = self.encoding.apply(features)
        return {feature.name: feature.all_points(encoded[feature.name].to_numpy()) for feature in self.card.features}

    def probabilities(self, features: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Probabilities of default of the same applicants."""
        points = list(self.points(features).values())
        log_odds = (np.sum(points, axis=0) - self.card.offset) / self.card.factor
        return np.asarray(1 / (1 + np.exp(log_odds)), dtype=np.float64)


def fit_card(features: pd.DataFrame, default: Outcomes, design: CreditDesign) -> FittedCard:
    """The card of the training rows; raises InvalidInputError where no feature varies, or one is missing with the outcome.

    A feature whose weight turns against its bins, or that has only one bin, is left out and the rest weighed again:
    its points would contradict the reason given for them.
    """
    training = design.training
    encoding = fit_encoding(features, default, design.features, training.category_smoothing)
    encoded = encode_for_training(features, default, design.features, training.category_smoothing, training.seed)
    names = [name for name in encoded.columns if encoded[name].min() < encoded[name].max()]
    if not names:
        raise InvalidInputError("every feature has one value only", field=", ".join(encoded.columns))
    _refuse_lost(encoded[names], default)
    penalty = _choose_penalty(encoded[names], default, design)
    kept = _kept(encoded[names], default, design, penalty)
    fitted = _fit(encoded[kept], default, design, penalty)
    table = fitted.table(style="detailed")
    card = Scorecard(tuple(_feature(fitted, table, name) for name in kept), design.scale)
    return FittedCard(card, encoding, penalty, fitted)


def _refuse_lost(encoded: pd.DataFrame, default: Outcomes) -> None:
    """A feature that all of one outcome have and nobody of the other leaves no bin with both, which ends optbinning."""
    missing = encoded.isna()
    lost = [name for name in encoded.columns if missing[name].eq(default).all() or missing[name].ne(default).all()]
    if lost:
        hint = "They were lost or filled in after the outcome was known: mend the data."
        raise InvalidInputError(
            "is missing for everybody of one outcome and for nobody else", field=", ".join(lost), hint=hint
        )


def _choose_penalty(encoded: pd.DataFrame, default: Outcomes, design: CreditDesign) -> float:
    """The candidate with the best mean AUC over folds of the training rows, the first of equals."""
    candidates = design.training.inverse_penalties
    if len(candidates) == 1:
        return candidates[0]
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import
    from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]  # noqa: PLC0415

    found = np.zeros(len(candidates))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=design.training.seed)
    for others, own in folds.split(encoded, default):
        binning = _binning(list(encoded.columns), design).fit(encoded.iloc[others], default[others].astype(int))
        seen, held = (
            binning.transform(encoded.iloc[rows], metric="woe", metric_missing="empirical") for rows in (others, own)
        )
        for place, candidate in enumerate(candidates):
            weights = _estimator(candidate).fit(seen, default[others].astype(int))
            found[place] += roc_auc_score(default[own], weights.decision_function(held))
    return candidates[int(np.argmax(found))]


def _kept(encoded: pd.DataFrame, default: Outcomes, design: CreditDesign, penalty: float) -> list[str]:
    """Features with more than one bin whose weight goes with its bins, found by leaving out the worst one by one."""
    binning = _binning(list(encoded.columns), design).fit(encoded, default.astype(int))
    varied = [name for name in encoded.columns if len(binning.get_binned_variable(name).splits) > 0]
    names = varied or list(encoded.columns)  # a card that tells nothing is for the gate to refuse
    evidence = binning.transform(encoded, metric="woe", metric_missing="empirical")
    while True:
        weights = _estimator(penalty).fit(evidence[names], default.astype(int)).coef_[0]
        worst = int(np.argmax(weights))
        if weights[worst] < 0 or len(names) == 1:
            return names
        del names[worst]


def _binning(names: list[str], design: CreditDesign) -> Any:  # noqa: ANN401 - optbinning is untyped
    from optbinning import BinningProcess  # type: ignore[import-untyped]  # noqa: PLC0415 - 10 s to import

    trends = {
        feature.name: {"monotonic_trend": "ascending" if feature.kind == "category" else feature.trend}
        for feature in design.features
        if feature.name in names
    }
    return BinningProcess(names, min_bin_size=design.training.minimum_bin_share, binning_fit_params=trends)


def _estimator(penalty: float) -> Any:  # noqa: ANN401 - scikit-learn is untyped
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415

    return LogisticRegression(C=penalty, max_iter=1000)


def _fit(encoded: pd.DataFrame, default: Outcomes, design: CreditDesign, penalty: float) -> Any:  # noqa: ANN401
    from optbinning import Scorecard as OptimalScorecard  # noqa: PLC0415 - 10 s to import

    card = OptimalScorecard(
        binning_process=_binning(list(encoded.columns), design),
        estimator=_estimator(penalty),
        scaling_method="pdo_odds",
        scaling_method_params=_scaling(design.scale),
    )
    return card.fit(encoded, default.astype(int), metric_missing="empirical")


def _scaling(scale: PointScale) -> dict[str, float]:
    return {"pdo": scale.points_to_double_odds, "odds": scale.base_odds, "scorecard_points": scale.base_points}


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
