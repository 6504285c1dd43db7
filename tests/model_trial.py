"""One artefact over many rows in one JVM, by both of the kernel's evaluators, and rows that are hard for trees."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from contracts.errors import PermanentError
from contracts.settings import Settings
from tests.kernel_trial import trial_command

Rows = npt.NDArray[np.float32]

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Trial:
    """What came out: whether Java evaluates the trees, the scores of each way, CPU nanoseconds a row in each round."""

    trees: bool
    job: npt.NDArray[np.float64]
    onnxruntime: npt.NDArray[np.float64]
    job_ns: list[int]
    onnxruntime_ns: list[int]


def run_trial(settings: Settings, artefact: bytes, features: tuple[str, ...], rows: Rows, rounds: int = 0) -> Trial:
    """Score `rows` (in the order of `features`) and measure `rounds` of each way in turn; PermanentError with the JVM's words."""
    with tempfile.TemporaryDirectory() as folder:
        model, inputs, scores = (Path(folder) / name for name in ("model.onnx", "rows", "scores"))
        model.write_bytes(artefact)
        rows.astype("<f4").tofile(inputs)
        # What is not measured need not be compiled twice.
        compiled = [] if rounds else ["-XX:TieredStopAtLevel=1"]
        command = trial_command(settings, "ModelTrial", ("-XX:+UseSerialGC", *compiled))
        command += [str(model), json.dumps(features), str(inputs), str(scores), str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PermanentError(f"The trial failed: {done.stderr.strip()}")
        told = json.loads(done.stdout)
        both = np.fromfile(scores, ">f8").reshape(-1, 2)
    return Trial(told["trees"], both[:, 0], both[:, 1], told["job_ns"], told["onnxruntime_ns"])


def hard_rows(artefact: bytes, inputs: int, count: int, seed: int) -> Rows:
    """Rows at the thresholds of the artefact's trees, right beside them and somewhere else; every sixth value is missing."""
    generator = np.random.default_rng(seed)
    thresholds = _thresholds(artefact)
    rows = np.empty((count, inputs), dtype=np.float32)
    for index in range(inputs):
        values = generator.choice(thresholds.get(index, np.zeros(1, dtype=np.float32)), count)
        kind = generator.integers(0, 4, count)
        spread = np.clip(values * generator.normal(1, 2, count), -_LARGEST, _LARGEST)
        with np.errstate(over="ignore"):
            sides = [np.nextafter(values, np.float32(end)) for end in (np.inf, -np.inf)]
        rows[:, index] = np.select([kind == 1, kind == 2, kind == 3], [*sides, spread], values)
    rows[generator.random(rows.shape) < 1 / 6] = np.nan
    return rows


def _thresholds(artefact: bytes) -> dict[int, Rows]:
    nodes = onnx.load_from_string(artefact).graph.node
    ensemble = next(node for node in nodes if node.op_type == "TreeEnsembleRegressor")
    values = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in ensemble.attribute}
    splits = np.array([mode != b"LEAF" for mode in values["nodes_modes"]])
    features = np.array(values["nodes_featureids"])[splits]
    thresholds = np.array(values["nodes_values"], dtype=np.float32)[splits]
    return {int(index): thresholds[features == index] for index in np.unique(features)}
