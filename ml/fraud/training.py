"""Growing and calibrating the trees; the calibration lives inside the leaves, so that there is one model."""

from __future__ import annotations

from typing import Any, cast

import lightgbm
import numpy as np
import numpy.typing as npt

from contracts.models import FraudModel
from ml.fraud.dataset import FraudDataset, Part
from ml.governance.determinism import THREADS


def train_booster(dataset: FraudDataset, model: FraudModel) -> lightgbm.Booster:
    """A calibrated booster; the same data give the same trees."""
    booster = grow(dataset.train, model)
    _calibrate(booster, dataset.validation)
    return booster


def grow(part: Part, model: FraudModel) -> lightgbm.Booster:
    """Trees of one part, which rank and are not calibrated; the same data give the same trees."""
    settings = model.training
    parameters: dict[str, Any] = {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.minimum_leaf,
        "lambda_l2": settings.l2,
        "feature_fraction": settings.input_share,
        # From even odds, where every movement weighs the same: from the share of frauds, the first trees hardly see a rare one.
        "boost_from_average": False,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": THREADS,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(part.inputs, label=part.fraud.astype(np.float64), feature_name=list(model.inputs))
    return lightgbm.train(parameters, data, num_boost_round=settings.trees)


def predict(booster: lightgbm.Booster, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Fraud probabilities."""
    return cast("npt.NDArray[np.float64]", np.asarray(booster.predict(inputs, num_threads=THREADS)))


def _calibrate(booster: lightgbm.Booster, part: Part) -> None:
    """Platt's scaling on validation, folded into the leaves: margin becomes slope * margin + intercept."""
    margins = np.asarray(booster.predict(part.inputs, raw_score=True, num_threads=THREADS), dtype=np.float64)
    slope, intercept = platt(margins, part.fraud)
    for tree in range(booster.num_trees()):
        extra = intercept if tree == 0 else 0.0
        for leaf in range(_leaves(booster, tree)):
            booster.set_leaf_output(tree, leaf, slope * booster.get_leaf_output(tree, leaf) + extra)


def platt(margins: npt.NDArray[np.float64], outcomes: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the logistic fit; (1, 0) where the margin does not rise with the outcome."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    fit = LogisticRegression(C=1e6, max_iter=1000).fit(margins.reshape(-1, 1), outcomes)
    slope, intercept = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    return (slope, intercept) if slope > 0 else (1.0, 0.0)


def _leaves(booster: lightgbm.Booster, tree: int) -> int:
    dumped: dict[str, Any] = booster.dump_model(start_iteration=tree, num_iteration=1)
    return int(dumped["tree_info"][0]["num_leaves"])
