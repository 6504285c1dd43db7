"""Rules and champion are taken over while the kernel runs; what does not load is refused whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from contracts.rules import compile_active
from tests.unit.streaming.kernel_process import Json, KernelProcess, decision, event, later, movement

TAKEN_OVER_SECONDS = 60.0  # a busy machine: the first model loads a native library of 25 MB
REFUSED_SECONDS = 2.0


def champion(version: str, features: list[str], probability_per_unit: float = 0.001, **thresholds: float) -> bytes:
    """A model whose probability is its first feature times a factor; null counts as zero."""
    nodes = [
        helper.make_node("IsNaN", ["input"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "input"], ["known"]),
        helper.make_node("Gather", ["known", "first"], ["one"], axis=1),
        helper.make_node("Mul", ["one", "factor"], ["fraud"]),
        helper.make_node("Sub", ["unit", "fraud"], ["good"]),
        helper.make_node("Concat", ["good", "fraud"], ["probabilities"], axis=1),
    ]
    constants = {"zero": 0.0, "unit": 1.0, "factor": probability_per_unit}
    initializers = [helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in constants.items()]
    initializers.append(helper.make_tensor("first", TensorProto.INT64, [1], [0]))
    graph = helper.make_graph(
        nodes,
        "champion",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, len(features)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 2])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    metadata = {
        "model_version": version,
        "features": json.dumps(features),
        **{k: str(v) for k, v in thresholds.items()},
    }
    helper.set_model_props(model, metadata)
    content: bytes = model.SerializeToString()
    return content


def publish(file: Path, content: bytes | str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name("partial")
    partial.write_bytes(content.encode() if isinstance(content, str) else content)
    partial.replace(file)


def decide_until(kernel: KernelProcess, holds: Callable[[Json], bool], within: float = TAKEN_OVER_SECONDS) -> Json:
    kernel.forget()
    deadline = time.monotonic() + within
    for number in range(10_000):
        answer = decision(kernel.take(event(movement(number, later(hours=number), amount_usd_minor=700))))
        if holds(answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.02)
    raise AssertionError


def champion_file(kernel: KernelProcess) -> Path:
    return kernel.settings.models_directory / "fraud" / "champion.onnx"


def test_a_champion_is_taken_over_and_replaced(kernel: KernelProcess) -> None:
    features = ["transaction__amount_usd_minor", "account__max_debit_30d"]
    publish(champion_file(kernel), champion("1", features, review_threshold=0.5, decline_threshold=0.9))
    first = decide_until(kernel, lambda answer: answer["model_version"] == "1")
    assert first["score"] == float(np.float32(700) * np.float32(0.001))
    assert first["outcome"] == "review"
    publish(champion_file(kernel), champion("2", features, review_threshold=0.5, decline_threshold=0.6))
    assert decide_until(kernel, lambda answer: answer["model_version"] == "2")["outcome"] == "decline"


@pytest.mark.parametrize("broken", [b"no model", champion("3", ["account__no_such_feature"])])
def test_a_broken_champion_is_refused_and_the_old_one_stays(kernel: KernelProcess, broken: bytes) -> None:
    publish(champion_file(kernel), champion("1", ["transaction__amount_usd_minor"]))
    decide_until(kernel, lambda answer: answer["model_version"] == "1")
    publish(champion_file(kernel), broken)
    assert decide_until(kernel, lambda answer: answer["model_version"] != "1", REFUSED_SECONDS)["model_version"] == "1"


def test_rules_are_taken_over_with_their_dated_thresholds(kernel: KernelProcess) -> None:
    active = json.loads(compile_active())
    active["packs"]["CA"]["version"] = "next"
    active["packs"]["CA"]["thresholds"]["floor"] = [
        {"valid_from": "2026-01-01", "value": 600, "source": "test"},
        {"valid_from": "2030-01-01", "value": 800, "source": "test"},
    ]
    active["packs"]["CA"]["rules"] = [
        {
            "id": "CA-FLOOR-001",
            "action": "decline",
            "severity": "low",
            "typology": "floor",
            "alert_window_ms": 1,
            "when": "tx.amount_usd_minor >= threshold.floor",
        }
    ]
    publish(kernel.settings.rules_file, json.dumps(active))
    answer = decide_until(kernel, lambda answer: answer["pack_version"] == "next")
    assert (answer["rules"], answer["outcome"]) == (["CA-FLOOR-001"], "decline")
    far = decision(kernel.take(event(movement("far", later(days=2000), amount_usd_minor=700))))
    assert (far["rules"], far["outcome"]) == ([], "allow")


@pytest.mark.parametrize(
    "broken",
    [
        "no json",
        "{}",
        compile_active().replace("tx.leg ==", "tx.leg ="),
        compile_active().replace("f.account__count_", "f.account__kount_"),
        compile_active().replace("threshold.large_usd_minor", "threshold.largest"),
    ],
    ids=["no json", "no parts", "no CEL", "an unknown feature", "an unknown threshold"],
)
def test_broken_rules_are_refused_whole(kernel: KernelProcess, broken: str) -> None:
    kept = json.loads(compile_active())
    kept["packs"]["CA"]["version"] = "kept"
    publish(kernel.settings.rules_file, json.dumps(kept))
    decide_until(kernel, lambda answer: answer["pack_version"] == "kept")
    publish(kernel.settings.rules_file, broken)
    assert (
        decide_until(kernel, lambda answer: answer["pack_version"] != "kept", REFUSED_SECONDS)["pack_version"] == "kept"
    )
