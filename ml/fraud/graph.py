"""The booster as an ONNX graph that gives the same probabilities to 1e-6, missing values included.

Own conversion: the usual converter rounds LightGBM's float64 thresholds to the nearest float32, which can send a value
that equals the rounded threshold to the other side, and it takes a missing value's side from `default_left` also
where LightGBM reads it as zero.
"""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import onnx
from onnx import TensorProto, helper

_ML = "ai.onnx.ml"
_LARGEST = float(np.finfo(np.float32).max)
_OPSET, _ML_OPSET, _IR = 15, 3, 8  # what ONNX Runtime for Java 1.29 and for Python both read


def booster_graph(booster: lightgbm.Booster, metadata: dict[str, str]) -> onnx.ModelProto:
    """Input float32 `input` [n, features]; output float32 `probabilities` [n, 2]: legitimate, fraud."""
    dumped: dict[str, Any] = booster.dump_model()
    ensemble: dict[str, Any] = _ensemble(dumped["tree_info"])
    count = int(dumped["max_feature_idx"]) + 1
    nodes = [
        helper.make_node("TreeEnsembleRegressor", ["input"], ["margin"], domain=_ML, n_targets=1, **ensemble),
        helper.make_node("Sigmoid", ["margin"], ["fraud"]),
        helper.make_node("Sub", ["one", "fraud"], ["legitimate"]),
        helper.make_node("Concat", ["legitimate", "fraud"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "fraud",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, count])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_ML, _ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="atalaya", ir_version=_IR)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    return model


def _ensemble(trees: list[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in (*_NODE_COLUMNS, *_LEAF_COLUMNS)}
    for tree in trees:
        _add_tree(columns, int(tree["tree_index"]), tree["tree_structure"])
    return columns


_NODE_COLUMNS = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_values",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "nodes_hitrates",
)
_LEAF_COLUMNS = ("target_treeids", "target_nodeids", "target_ids", "target_weights")


def _add_tree(columns: dict[str, list[Any]], tree: int, root: dict[str, Any]) -> None:
    waiting, following = [(0, root)], 1
    while waiting:
        number, node = waiting.pop()
        if "leaf_value" in node:
            _add(columns, _NODE_COLUMNS, (tree, number, 0, "LEAF", 0.0, 0, 0, 0, _rows(node)))
            _add(columns, _LEAF_COLUMNS, (tree, number, 0, float(node["leaf_value"])))
            continue
        left, right = following, following + 1
        following += 2
        threshold = round_down(float(node["threshold"]))
        split = (
            int(node["split_feature"]),
            "BRANCH_LEQ",
            threshold,
            left,
            right,
            _missing_goes_left(node),
            _rows(node),
        )
        _add(columns, _NODE_COLUMNS, (tree, number, *split))
        waiting += [(left, node["left_child"]), (right, node["right_child"])]


def _rows(node: dict[str, Any]) -> float:
    """How many training rows came to a node: not needed to score, but to say what each input added (ml.fraud.attribution)."""
    return float(node.get("internal_count", node.get("leaf_count", 1)))


def _add(columns: dict[str, list[Any]], names: tuple[str, ...], values: tuple[Any, ...]) -> None:
    for name, value in zip(names, values, strict=True):
        columns[name].append(value)


def round_down(threshold: float) -> float:
    """The largest float32 not above a float64 threshold: a float32 value is on the same side of both."""
    nearest = np.float32(np.clip(threshold, -_LARGEST, _LARGEST))
    if float(nearest) <= threshold:
        return float(nearest)
    with np.errstate(over="ignore"):  # below the smallest float32 there is only minus infinity
        return float(np.nextafter(nearest, np.float32(-np.inf)))


def _missing_goes_left(node: dict[str, Any]) -> int:
    """LightGBM reads a missing value as zero at a split that saw none in training."""
    if node["missing_type"] == "NaN":
        return int(node["default_left"])
    return int(float(node["threshold"]) >= 0.0)
