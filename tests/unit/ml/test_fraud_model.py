from __future__ import annotations

import json

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import AlertCosts, fraud_model
from ml.champions import Champion
from ml.fraud.dataset import Part
from ml.fraud.graph import round_down
from ml.fraud.metrics import challenger_delta, evaluate, headline
from ml.fraud.run import Trained, parity_gap, train_fraud
from ml.fraud.thresholds import NEVER, Thresholds, choose_thresholds
from ml.fraud.training import platt, predict, train_booster
from tests.unit.ml.movements import decisions, labels

COSTS = AlertCosts(alert_budget=0.5, review_cost_usd_minor=500, decline_cost_usd_minor=2500, decline_precision=0.75)


@pytest.fixture(scope="module")
def trained() -> Trained:
    frame = decisions()
    return train_fraud(frame, labels(frame))


@pytest.fixture(scope="module")
def booster(trained: Trained) -> lightgbm.Booster:
    return train_booster(trained.dataset, fraud_model())


def test_the_same_data_give_the_same_bytes(trained: Trained) -> None:
    frame = decisions()
    assert train_fraud(frame, labels(frame)).content == trained.content


def test_the_artefact_says_all_that_its_readers_need(trained: Trained) -> None:
    champion = Champion(trained.content)
    assert champion.version == trained.version
    assert champion.features == fraud_model().inputs
    assert 0 < champion.number("review_threshold") <= champion.number("decline_threshold") <= 1
    assert json.loads(champion.metadata["features_version"]) >= 1


def test_it_finds_fraud_on_time_it_has_not_seen(trained: Trained) -> None:
    assert trained.metrics["auc"] > 0.85
    assert trained.metrics["auc_low"] <= trained.metrics["auc"] <= trained.metrics["auc_high"]
    assert trained.gate.passed, trained.gate.failures()


def test_its_probabilities_are_calibrated(trained: Trained) -> None:
    assert trained.metrics["mean_probability"] == pytest.approx(trained.metrics["fraud_rate"], rel=0.35)


def test_python_and_onnx_agree_on_every_value_and_on_missing_ones(trained: Trained, booster: lightgbm.Booster) -> None:
    frame = decisions(seed=9)
    inputs = frame[list(fraud_model().inputs)].to_numpy(dtype=np.float32)
    inputs[np.random.default_rng(5).random(inputs.shape) < 0.3] = np.nan
    assert parity_gap(booster, trained.content, inputs) <= 1e-6


def test_python_and_onnx_agree_at_the_thresholds_themselves(trained: Trained, booster: lightgbm.Booster) -> None:
    splits = [line for line in booster.model_to_string().splitlines() if line.startswith("threshold=")]
    values = np.array([float(text) for line in splits for text in line.removeprefix("threshold=").split()])
    near = np.float32(np.clip(values, -1e30, 1e30))
    edges = np.unique(
        np.concatenate([near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))])
    )
    rows = np.repeat(edges[:, None], len(fraud_model().inputs), axis=1)
    assert parity_gap(booster, trained.content, rows) <= 1e-6


def test_a_booster_read_back_predicts_the_calibrated_probability(trained: Trained, booster: lightgbm.Booster) -> None:
    score = Champion(trained.content).run(trained.dataset.test.inputs)[0][:, 1]
    assert np.abs(predict(booster, trained.dataset.test.inputs) - score).max() <= 1e-6


@given(st.floats(allow_nan=False, width=64), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_value_stays_on_its_side_of_a_rounded_threshold(threshold: float, value: float) -> None:
    assert (value <= round_down(threshold)) == (value <= threshold)


def test_a_challenger_is_judged_by_the_champion_s_movements(trained: Trained) -> None:
    frame = decisions()
    again = train_fraud(frame, labels(frame), champion=Champion(trained.content))
    assert again.metrics["average_precision_delta"] == pytest.approx(0, abs=1e-6)
    assert "average_precision beside the champion" in [condition.name for condition in again.gate.conditions]


def test_a_challenger_worse_than_the_champion_is_stopped(trained: Trained) -> None:
    frame, declared = decisions(), fraud_model()
    poor = declared.model_copy(update={"training": declared.training.model_copy(update={"trees": 1, "leaves": 2})})
    failures = train_fraud(frame, labels(frame), champion=Champion(trained.content), model=poor).gate.failures()
    assert any(failure.startswith("average_precision beside the champion") for failure in failures)


def test_the_noise_of_a_difference_is_less_than_that_of_either() -> None:
    generator = np.random.default_rng(3)
    fraud = generator.random(2000) < 0.05
    champion = (fraud * 0.4 + generator.random(2000)) / 2
    judged = Part(np.zeros((2000, 1), np.float32), fraud, fraud | True, np.ones(2000), np.arange(2000) // 5)
    challenger = headline(champion + 0.02 * generator.random(2000), judged, 0.02)
    delta = challenger_delta(challenger, champion, judged)
    alone = evaluate(champion, judged, Thresholds(1, 1), headline(champion, judged, 0.02))
    width = delta["average_precision_delta_high"] - delta["average_precision_delta_low"]
    assert (
        delta["average_precision_delta_low"]
        <= delta["average_precision_delta"]
        <= delta["average_precision_delta_high"]
    )
    assert width < 0.5 * (alone["average_precision_high"] - alone["average_precision_low"])


def part(fraud: list[bool], amount: float = 10_000) -> Part:
    rows = len(fraud)
    nothing = np.zeros((rows, 1), dtype=np.float32)
    return Part(nothing, np.array(fraud), np.ones(rows, dtype=bool), np.full(rows, amount), np.arange(rows))


def test_the_review_threshold_takes_what_saves_more_than_it_costs() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.1, 0.1, 0.1])
    found = choose_thresholds(scores, part([True, True, False, True, False, False, False, False]), COSTS)
    assert found.review == pytest.approx(0.15)
    assert found.decline == NEVER


def test_the_review_threshold_keeps_to_the_alert_budget() -> None:
    scores = np.linspace(1, 0, 100)
    found = choose_thresholds(scores, part([True] * 50 + [False] * 50), COSTS.model_copy(update={"alert_budget": 0.1}))
    assert (scores >= found.review).sum() == 10


def test_nothing_is_reviewed_when_no_review_pays() -> None:
    found = choose_thresholds(np.linspace(1, 0, 20), part([True] * 20, amount=100), COSTS)
    assert found.review == NEVER


def test_declining_needs_its_precision() -> None:
    fraud = [True] * 9 + [False] + [True, False] * 20
    scores = np.linspace(0.99, 0.01, len(fraud))
    found = choose_thresholds(scores, part(fraud), COSTS)
    declined = scores >= found.decline
    assert declined.sum() >= 5
    assert np.array(fraud)[declined].mean() >= COSTS.decline_precision


def test_equal_scores_share_their_fate() -> None:
    scores = np.array([0.6] * 6 + [0.1] * 6)
    found = choose_thresholds(scores, part([True, False] * 3 + [False] * 6), COSTS)
    assert (scores >= found.review).sum() in {0, 6}


def test_a_margin_that_falls_with_fraud_is_not_turned_round() -> None:
    margins = np.linspace(-3, 3, 200)
    assert platt(margins, margins < 0) == (1.0, 0.0)
