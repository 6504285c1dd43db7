"""Contributions are LightGBM's exact Shapley values, add up to the log-odds, and need nothing but the artefact."""

from __future__ import annotations

import lightgbm
import numpy as np
import onnx
import pytest

from contracts.models import fraud_model
from ml.champions import Champion
from ml.fraud.attribution import Attributor, attributor
from ml.fraud.run import Trained, train_fraud
from ml.fraud.training import train_booster
from tests.unit.ml.movements import decisions, labels

Rows = np.ndarray[tuple[int, int], np.dtype[np.float32]]


@pytest.fixture(scope="module")
def trained() -> Trained:
    frame = decisions()
    return train_fraud(frame, labels(frame))


@pytest.fixture(scope="module")
def booster(trained: Trained) -> lightgbm.Booster:
    return train_booster(trained.dataset, fraud_model())


@pytest.fixture(scope="module")
def rows(trained: Trained) -> Rows:
    """Rows of the test part, and the same with more holes and with nothing at all."""
    inputs = trained.dataset.test.inputs[:150]
    holed = inputs.copy()
    holed[np.random.default_rng(3).random(holed.shape) < 0.4] = np.nan
    nothing = np.full_like(inputs[:1], np.nan)
    return np.concatenate([inputs, holed, nothing, np.zeros_like(nothing), np.full_like(nothing, np.inf)])


def of(content: bytes) -> Attributor:
    found = attributor(content)
    assert found is not None
    return found


def test_contributions_are_those_of_lightgbm(trained: Trained, booster: lightgbm.Booster, rows: Rows) -> None:
    expected = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1))
    found = [of(trained.content).attribute(row) for row in rows]
    assert np.abs(np.array([one.added for one in found]) - expected[:, :-1]).max() < 1e-6
    assert np.abs(np.array([one.base for one in found]) - expected[:, -1]).max() < 1e-6
    assert np.abs(expected[:, :-1]).max() > 0.1


def test_contributions_add_up_to_the_log_odds(trained: Trained, booster: lightgbm.Booster, rows: Rows) -> None:
    margins = np.asarray(booster.predict(rows, raw_score=True, num_threads=1))
    sums = np.array([of(trained.content).attribute(row).log_odds for row in rows])
    assert np.abs(sums - margins).max() < 1e-6


def test_the_log_odds_are_those_of_the_served_probability(trained: Trained, rows: Rows) -> None:
    sums = np.array([of(trained.content).attribute(row).log_odds for row in rows])
    served = Champion(trained.content).run(rows)[0][:, 1]
    assert np.abs(1 / (1 + np.exp(-sums)) - served).max() < 1e-6


def test_an_artefact_that_does_not_tell_its_counts_is_not_guessed_at(trained: Trained) -> None:
    model = onnx.load_from_string(trained.content)
    ensemble = next(node for node in model.graph.node if node.op_type == "TreeEnsembleRegressor")
    for attribute in ensemble.attribute:
        if attribute.name == "nodes_hitrates":
            attribute.floats[:] = [1.0] * len(attribute.floats)
    assert attributor(model.SerializeToString()) is None
