"""Contributions are LightGBM's exact Shapley values, add up to the log-odds, and need nothing but the artefact."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from ml.champions import Champion
from ml.fraud.attribution import Attributor, attributor
from tests.small_champion import small_booster, small_champion, world

Rows = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Rows like those of training, the same with more holes, and rows of nothing, of zeros, of the largest numbers.

    No feature is infinite, and of an infinite value LightGBM and the artefact think differently: a split between missing and
    not is at 1e300 for the one, which is infinity in the float32 of the other.
    """
    largest = np.finfo(np.float32).max
    inputs = world(150, seed=3)
    holed = inputs.copy()
    holed[np.random.default_rng(3).random(holed.shape) < 0.4] = np.nan
    constant = [np.full_like(inputs[:1], value) for value in (np.nan, 0.0, largest, -largest)]
    return np.concatenate([inputs, holed, *constant])


def of(content: bytes) -> Attributor:
    found = attributor(content)
    assert found is not None
    return found


def test_contributions_are_those_of_lightgbm(rows: Rows) -> None:
    expected = np.asarray(small_booster().predict(rows, pred_contrib=True, num_threads=1))
    found = [of(small_champion()).attribute(row) for row in rows]
    assert np.abs(np.array([one.added for one in found]) - expected[:, :-1]).max() < 1e-6
    assert np.abs(np.array([one.base for one in found]) - expected[:, -1]).max() < 1e-6
    assert np.abs(expected[:, :-1]).max() > 0.1


def test_contributions_add_up_to_the_log_odds(rows: Rows) -> None:
    margins = np.asarray(small_booster().predict(rows, raw_score=True, num_threads=1))
    sums = np.array([of(small_champion()).attribute(row).log_odds for row in rows])
    assert np.abs(sums - margins).max() < 1e-6


def test_the_log_odds_are_those_of_the_served_probability(rows: Rows) -> None:
    sums = np.array([of(small_champion()).attribute(row).log_odds for row in rows])
    served = Champion(small_champion()).run(rows)[0][:, 1]
    assert np.abs(1 / (1 + np.exp(-sums)) - served).max() < 1e-6


def test_an_artefact_that_does_not_tell_its_counts_is_not_guessed_at() -> None:
    model = onnx.load_from_string(small_champion())
    ensemble = next(node for node in model.graph.node if node.op_type == "TreeEnsembleRegressor")
    for attribute in ensemble.attribute:
        if attribute.name == "nodes_hitrates":
            attribute.floats[:] = [1.0] * len(attribute.floats)
    assert attributor(model.SerializeToString()) is None
