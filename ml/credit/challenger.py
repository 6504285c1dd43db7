"""The challenger: a bag of LightGBM boosters with monotone constraints, calibrated, chosen within the training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import BoosterCandidate, BoosterSearch, CreditDesign
from ml.credit.encoding import Encoding, Outcomes, encode_for_training, fit_encoding
from ml.credit.linear_start import LinearStart, Matrix, fit_linear_start
from ml.governance.determinism import THREADS

_BINS = 63


@dataclass(frozen=True)
class Grown:
    """One bag of trees on what its start left unexplained."""

    start: LinearStart
    boosters: tuple[lightgbm.Booster, ...]

    def log_odds(self, values: Matrix) -> Matrix:
        """Log odds of default before calibration."""
        trees = [booster.predict(values, raw_score=True, num_threads=THREADS) for booster in self.boosters]
        return np.asarray(self.start.log_odds(values) + np.mean(trees, axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Challenger:
    """A calibrated bag: log odds = slope * (start + trees) + intercept. `found_auc` is its mean over the inner folds."""

    encoding: Encoding
    grown: Grown
    slope: float
    intercept: float
    candidate: BoosterCandidate
    found_auc: float

    def probabilities(self, features: pd.DataFrame) -> Matrix:
        """Probabilities of default of applicants given by feature, as `ml.credit.dataset.feature_frame` makes them."""
        log_odds = self.slope * self.grown.log_odds(self.encoding.apply(features).to_numpy()) + self.intercept
        return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)), dtype=np.float64)

    def document(self) -> dict[str, Any]:
        """All of it, to be kept beside a run as JSON."""
        return {
            "encoding": {name: asdict(column) for name, column in self.encoding.columns.items()},
            "start": {name: np.asarray(part).tolist() for name, part in vars(self.grown.start).items()},
            "boosters": [booster.model_to_string() for booster in self.grown.boosters],
            "slope": self.slope,
            "intercept": self.intercept,
            "candidate": self.candidate.model_dump(),
            "found_auc": self.found_auc,
        }


@dataclass(frozen=True)
class _Fold:
    seen: Matrix
    seen_default: Outcomes
    held: Matrix
    held_default: Outcomes


def fit_challenger(
    features: pd.DataFrame, default: Outcomes, design: CreditDesign, search: BoosterSearch
) -> Challenger:
    """The challenger of the training rows: candidate and calibration come from folds of them alone."""
    folds = list(_folds(features, default, design, search))
    grown = [
        [_grow(fold.seen, fold.seen_default, candidate, design, 1) for fold in folds] for candidate in search.candidates
    ]
    held = [[bag.log_odds(fold.held) for bag, fold in zip(bags, folds, strict=True)] for bags in grown]
    scores = [_mean_auc(log_odds, folds) for log_odds in held]
    best = int(np.argmax(scores))
    slope, intercept = _calibration(held[best], folds)
    training = design.training
    encoding = fit_encoding(features, default, design.features, training.category_smoothing)
    values = encode_for_training(features, default, design.features, training.category_smoothing, training.seed)
    bag = _grow(values.to_numpy(), default, search.candidates[best], design, search.bag)
    return Challenger(encoding, bag, slope, intercept, search.candidates[best], scores[best])


def _folds(features: pd.DataFrame, default: Outcomes, design: CreditDesign, search: BoosterSearch) -> Iterator[_Fold]:
    """Inner folds, each encoded by its own training rows."""
    from sklearn.model_selection import RepeatedStratifiedKFold  # type: ignore[import-untyped]  # noqa: PLC0415

    training = design.training
    splits = RepeatedStratifiedKFold(n_splits=search.folds, n_repeats=search.repeats, random_state=training.seed)
    for seen, held in splits.split(features, default):
        rows, smoothing = features.iloc[seen], training.category_smoothing
        encoding = fit_encoding(rows, default[seen], design.features, smoothing)
        yield _Fold(
            encode_for_training(rows, default[seen], design.features, smoothing, training.seed).to_numpy(),
            default[seen],
            encoding.apply(features.iloc[held]).to_numpy(),
            default[held],
        )


def _directions(design: CreditDesign, category: float) -> Matrix:
    """By feature: 1 where defaults may only rise with the value, -1 where they may only fall, 0 for either."""
    declared = {"ascending": 1.0, "descending": -1.0, "auto_asc_desc": 0.0}
    return np.array([category if item.kind == "category" else declared[item.trend] for item in design.features])


def _grow(values: Matrix, default: Outcomes, candidate: BoosterCandidate, design: CreditDesign, bag: int) -> Grown:
    start = fit_linear_start(values, default, _directions(design, 1.0), candidate.linear_inverse_penalty)
    start = start.scaled(candidate.linear_share)
    directions = _directions(design, 1.0 if candidate.bound_categories else 0.0)
    seeds = range(design.training.seed, design.training.seed + bag)
    parameters = _parameters(candidate, directions, len(values))
    data = lightgbm.Dataset(
        values, label=default.astype(np.float64), init_score=start.log_odds(values), params=parameters
    )
    boosters = tuple(
        lightgbm.train({**parameters, "seed": seed}, data, num_boost_round=candidate.rounds) for seed in seeds
    )
    return Grown(start, boosters)


def _parameters(candidate: BoosterCandidate, directions: Matrix, rows: int) -> dict[str, Any]:
    return {
        "objective": "binary",
        "num_leaves": candidate.leaves,
        "learning_rate": candidate.learning_rate,
        "min_data_in_leaf": max(5, round(candidate.minimum_leaf_share * rows)),
        "feature_fraction": candidate.feature_share,
        "bagging_fraction": candidate.row_share,
        "bagging_freq": 1,
        "lambda_l2": candidate.leaf_penalty,
        "extra_trees": candidate.random_thresholds,
        "monotone_constraints": [int(direction) for direction in directions],
        "max_bin": _BINS,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": THREADS,
        "verbosity": -1,
    }


def _mean_auc(log_odds: list[Matrix], folds: list[_Fold]) -> float:
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    return float(
        np.mean([roc_auc_score(fold.held_default, found) for found, fold in zip(log_odds, folds, strict=True)])
    )


def _calibration(log_odds: list[Matrix], folds: list[_Fold]) -> tuple[float, float]:
    """Platt's slope and intercept over what no tree had seen; (1, 0) where the log odds do not rise with defaults."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415

    outcomes = np.concatenate([fold.held_default for fold in folds])
    fit = LogisticRegression(C=1e6, max_iter=1000).fit(np.concatenate(log_odds).reshape(-1, 1), outcomes)
    slope, intercept = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    return (slope, intercept) if slope > 0 else (1.0, 0.0)
