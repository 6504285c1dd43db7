"""A fraud model small enough to be grown in a blink: declared inputs, calibrated leaves, missing values that mean something."""

from __future__ import annotations

import json
from functools import cache

import lightgbm
import numpy as np
import numpy.typing as npt

from contracts.models import fraud_model
from ml.fraud.graph import booster_graph

Rows = npt.NDArray[np.float32]

_SLOPE, _INTERCEPT = 1.3, -0.4
_LARGE_MINOR = 20_000


@cache
def small_booster() -> lightgbm.Booster:
    """Sixty trees that find large, sudden payments suspicious; leaves are scaled as Platt's calibration does."""
    names = list(fraud_model().inputs)
    rows = world(3000, seed=1)
    amount, missing = rows[:, names.index("transaction__amount_usd_minor")], np.isnan(rows[:, -1])
    doubt = (np.nan_to_num(amount) > _LARGE_MINOR) * 2.0 + np.nan_to_num(np.log(rows[:, 7:20])).mean(axis=1) + missing
    fraud = np.random.default_rng(2).random(len(rows)) < 1 / (1 + np.exp(4 - doubt))
    settings = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 20, "num_threads": 1, "verbosity": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, label=fraud.astype(float)), num_boost_round=60)
    for tree, told in enumerate(booster.dump_model()["tree_info"]):
        for leaf in range(told["num_leaves"]):
            extra = _INTERCEPT if tree == 0 else 0.0
            booster.set_leaf_output(tree, leaf, _SLOPE * booster.get_leaf_output(tree, leaf) + extra)
    return booster


@cache
def small_champion(version: str = "small") -> bytes:
    """Its artefact, with thresholds that review many."""
    metadata = {
        "model_version": version,
        "features": json.dumps(list(fraud_model().inputs)),
        "review_threshold": "0.01",
        "decline_threshold": "0.9",
    }
    content: bytes = booster_graph(small_booster(), metadata).SerializeToString(deterministic=True)
    return content


def world(count: int, seed: int) -> Rows:
    """Skewed values in the order of the declared inputs, some missing."""
    generator = np.random.default_rng(seed)
    names = list(fraud_model().inputs)
    rows = generator.lognormal(2, 1, (count, len(names)))
    rows[generator.random(rows.shape) < 0.15] = np.nan
    rows[:, names.index("transaction__amount_usd_minor")] = generator.lognormal(9, 1.2, count).round()
    return rows.astype(np.float32)
