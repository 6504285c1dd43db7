"""The scorecard as an ONNX graph in float64: ratios, bins, points, score and probability, with nothing left outside."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from contracts.models.credit import ScorecardModel
from ml.credit.scorecard import Scorecard

_OPSET, _IR = 15, 8


def scorecard_graph(card: Scorecard, model: ScorecardModel, metadata: dict[str, str]) -> onnx.ModelProto:
    """Input float64 `input` [n, columns], NaN = missing.

    Outputs: `probabilities` [n, 2] (repaid, default), `points` [n, features in `points_order`], `score` [n, 1].
    """
    constants = _constants(card, model)
    graph = helper.make_graph(
        [*_value_nodes(card, model), *_point_nodes()],
        model.model,
        [helper.make_tensor_value_info("input", TensorProto.DOUBLE, [None, len(model.columns)])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 2]),
            helper.make_tensor_value_info("points", TensorProto.DOUBLE, [None, len(card.features)]),
            helper.make_tensor_value_info("score", TensorProto.DOUBLE, [None, 1]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    proto = helper.make_model(graph, opset_imports=opsets, producer_name="atalaya", ir_version=_IR)
    helper.set_model_props(proto, metadata)
    onnx.checker.check_model(proto)
    return proto


def _value_nodes(card: Scorecard, model: ScorecardModel) -> list[NodeProto]:
    """One column for each feature of the card, in its order."""
    columns = {feature.name: feature.columns for feature in model.features}
    nodes, parts = [], []
    for number, feature in enumerate(card.features):
        first, *divisors = columns[feature.name]
        part = f"value_{number}"
        nodes.append(helper.make_node("Gather", ["input", f"column_{first}"], [part], axis=1))
        for place, divisor in enumerate(divisors):
            value, part = part, f"value_{number}_{place}"
            nodes += _division(value, divisor, part)
        parts.append(part)
    return [*nodes, helper.make_node("Concat", parts, ["values"], axis=1)]


def _division(value: str, divisor: str, result: str) -> list[NodeProto]:
    """A value by a column; by nothing it is missing."""
    below, usable, quotient = (f"{result}_{name}" for name in ("below", "usable", "quotient"))
    return [
        helper.make_node("Gather", ["input", f"column_{divisor}"], [below], axis=1),
        helper.make_node("Greater", [below, "zero"], [usable]),
        helper.make_node("Div", [value, below], [quotient]),
        helper.make_node("Where", [usable, quotient, "missing"], [result]),
    ]


def _point_nodes() -> list[NodeProto]:
    return [
        helper.make_node("Gather", ["values", "bin_feature"], ["spread"], axis=1),
        helper.make_node("GreaterOrEqual", ["spread", "lower"], ["from"]),
        helper.make_node("Less", ["spread", "upper"], ["below"]),
        helper.make_node("And", ["from", "below"], ["inside"]),
        helper.make_node("Cast", ["inside"], ["chosen"], to=TensorProto.DOUBLE),
        helper.make_node("MatMul", ["chosen", "bin_points"], ["present_points"]),
        helper.make_node("IsNaN", ["values"], ["absent"]),
        helper.make_node("Cast", ["absent"], ["absent_number"], to=TensorProto.DOUBLE),
        helper.make_node("Mul", ["absent_number", "missing_points"], ["absent_points"]),
        helper.make_node("Add", ["present_points", "absent_points"], ["points"]),
        helper.make_node("ReduceSum", ["points", "axis"], ["score"], keepdims=1),
        helper.make_node("Sub", ["offset", "score"], ["shortfall"]),
        helper.make_node("Div", ["shortfall", "factor"], ["log_odds_of_default"]),
        helper.make_node("Sigmoid", ["log_odds_of_default"], ["default"]),
        helper.make_node("Sub", ["one", "default"], ["repaid"]),
        helper.make_node("Concat", ["repaid", "default"], ["probabilities"], axis=1),
    ]


def _constants(card: Scorecard, model: ScorecardModel) -> dict[str, object]:
    bins = [(number, item) for number, feature in enumerate(card.features) for item in feature.bins]
    points = np.zeros((len(bins), len(card.features)))
    for row, (number, item) in enumerate(bins):
        points[row, number] = item.points
    columns = {f"column_{name}": np.asarray([place], dtype=np.int64) for place, name in enumerate(model.columns)}
    return {
        **columns,
        "zero": np.float64(0),
        "one": np.float64(1),
        "missing": np.float64(np.nan),
        "axis": np.asarray([1], dtype=np.int64),
        "bin_feature": np.asarray([number for number, _ in bins], dtype=np.int64),
        "lower": np.asarray([item.lower for _, item in bins], dtype=np.float64),
        "upper": np.asarray([item.upper for _, item in bins], dtype=np.float64),
        "bin_points": points,
        "missing_points": np.asarray([feature.missing_points for feature in card.features], dtype=np.float64),
        "offset": np.float64(card.offset),
        "factor": np.float64(card.factor),
    }
