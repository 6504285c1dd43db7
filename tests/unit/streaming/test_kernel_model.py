"""The trees in Java give what ONNX Runtime gives, for every row; what they do not know, ONNX Runtime evaluates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from contracts.settings import Settings
from ml.champions import Champion
from ml.fraud.graph import booster_graph
from tests.model_trial import Rows, hard_rows, run_trial

ROWS = 120_000
FEATURES = tuple(f"f{number}" for number in range(12))
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 31,
    "min_data_in_leaf": 5,
    "num_threads": 1,
    "deterministic": True,
    "seed": 3,
    "verbosity": -1,
}


def world(rows: int = 8000) -> tuple[Rows, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Values of several scales, some inputs complete, some never below zero, most with missing values that mean something."""
    generator = np.random.default_rng(11)
    inputs = generator.normal(0, 1, (rows, len(FEATURES)))
    inputs[:, 3:6] = np.exp(3 * inputs[:, 3:6])
    inputs[:, 6:9] = generator.integers(-3, 4, (rows, 3))
    inputs[:, 9:] *= 1e8
    inputs[:, 1:][generator.random((rows, len(FEATURES) - 1)) < 0.15] = np.nan
    likely = (
        inputs[:, 0] + np.isnan(inputs[:, 4]) + np.nan_to_num(inputs[:, 7]) / 2 + np.nan_to_num(inputs[:, 10]) / 2e8
    )
    return inputs.astype(np.float32), generator.random(rows) < 1 / (1 + np.exp(2 - 2 * likely))


@pytest.fixture(scope="module")
def artefact() -> bytes:
    inputs, fraud = world()
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(inputs, label=fraud.astype(float)), num_boost_round=80)
    return serialised(booster_graph(booster, {"model_version": "trees", "features": json.dumps(FEATURES)}))


def serialised(model: onnx.ModelProto) -> bytes:
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def changed(artefact: bytes, change: Callable[[onnx.GraphProto], None]) -> bytes:
    model = onnx.load_from_string(artefact)
    change(model.graph)
    return serialised(model)


def ensemble(graph: onnx.GraphProto) -> dict[str, onnx.AttributeProto]:
    node = next(node for node in graph.node if node.op_type == "TreeEnsembleRegressor")
    return {attribute.name: attribute for attribute in node.attribute}


def python_scores(artefact: bytes, rows: Rows) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(Champion(artefact).run(rows)[0][:, 1], dtype=np.float64)


def test_trees_in_java_equal_onnxruntime_in_python_on_hard_rows(artefact: bytes) -> None:
    extremes = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, 3.4e38, -3.4e38], dtype=np.float32)
    constant = np.repeat(extremes[:, None], len(FEATURES), axis=1)
    rows = np.concatenate([hard_rows(artefact, len(FEATURES), ROWS, seed=5), constant])
    trial = run_trial(Settings(), artefact, FEATURES, rows)
    expected = python_scores(artefact, rows)
    assert trial.trees
    assert len(np.unique(expected)) > ROWS / 2
    assert np.abs(trial.job - expected).max() <= 1e-6
    assert np.abs(trial.onnxruntime - expected).max() <= 1e-6


def greater_mode(graph: onnx.GraphProto) -> None:
    modes = ensemble(graph)["nodes_modes"].strings
    modes[:] = [b"BRANCH_GT" if mode == b"BRANCH_LEQ" else mode for mode in modes]


def with_transform(graph: onnx.GraphProto) -> None:
    node = next(node for node in graph.node if node.op_type == "TreeEnsembleRegressor")
    node.attribute.append(helper.make_attribute("post_transform", "LOGISTIC"))


def smallest_leaf(graph: onnx.GraphProto) -> None:
    node = next(node for node in graph.node if node.op_type == "TreeEnsembleRegressor")
    node.attribute.append(helper.make_attribute("aggregate_function", "MIN"))


def scaled_input(graph: onnx.GraphProto) -> None:
    graph.initializer.append(helper.make_tensor("half", TensorProto.FLOAT, [1], [0.5]))
    node = next(node for node in graph.node if node.op_type == "TreeEnsembleRegressor")
    node.input[0] = "halved"
    graph.node.insert(0, helper.make_node("Mul", ["input", "half"], ["halved"]))


def three_columns(graph: onnx.GraphProto) -> None:
    """The graph looks the same from its end, but its second column is no fraud: only comparing scores can tell."""
    doubled = helper.make_node("Concat", ["legitimate", "legitimate"], ["both"], axis=1)
    graph.node.insert(len(graph.node) - 1, doubled)
    graph.node[-1].input[0] = "both"
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3


@pytest.mark.parametrize("change", [greater_mode, with_transform, smallest_leaf, scaled_input, three_columns])
def test_what_the_trees_do_not_know_goes_through_onnxruntime(
    artefact: bytes, change: Callable[[onnx.GraphProto], None]
) -> None:
    other = changed(artefact, change)
    rows = hard_rows(artefact, len(FEATURES), 500, seed=6)
    trial = run_trial(Settings(), other, FEATURES, rows)
    assert not trial.trees
    assert np.abs(trial.job - python_scores(other, rows)).max() == 0


def test_trees_of_more_leaves_than_bits_go_through_onnxruntime() -> None:
    inputs, fraud = world()
    many = {**PARAMETERS, "num_leaves": 65, "min_data_in_leaf": 1}
    booster = lightgbm.train(many, lightgbm.Dataset(inputs, label=fraud.astype(float)), num_boost_round=2)
    content = serialised(booster_graph(booster, {"model_version": "many", "features": json.dumps(FEATURES)}))
    assert not run_trial(Settings(), content, FEATURES, inputs[:200]).trees


def test_a_base_value_and_trees_of_sixty_four_leaves_count() -> None:
    inputs, fraud = world()
    full = {**PARAMETERS, "num_leaves": 64, "min_data_in_leaf": 1}
    booster = lightgbm.train(full, lightgbm.Dataset(inputs, label=fraud.astype(float)), num_boost_round=3)
    content = serialised(booster_graph(booster, {"model_version": "full", "features": json.dumps(FEATURES)}))

    def based(graph: onnx.GraphProto) -> None:
        node = next(node for node in graph.node if node.op_type == "TreeEnsembleRegressor")
        node.attribute.append(helper.make_attribute("base_values", [0.75]))

    content = changed(content, based)
    rows = hard_rows(content, len(FEATURES), 2000, seed=7)
    trial = run_trial(Settings(), content, FEATURES, rows)
    assert trial.trees
    assert np.abs(trial.job - python_scores(content, rows)).max() <= 1e-6
