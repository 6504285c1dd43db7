"""What the champion costs the job for each movement: trees in Java and ONNX Runtime's Java, in turn in one JVM.

The model has the size and the inputs that contracts/models/fraud.yml declares; features are handed over as the kernel has them, boxed.
Values are CPU time, medians of the rounds; `…_spread` is the distance between the highest and the lowest round over the median.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence

import lightgbm
import numpy as np

from contracts.benchmarks import Figure
from contracts.errors import PermanentError
from contracts.models import fraud_model
from contracts.settings import Settings
from ml.fraud.graph import booster_graph
from tests.model_trial import Rows, run_trial

# What docs/decisions/0003 and the trial before it had: ONNX Runtime's Java, one row at a time.
BASELINES = {"onnxruntime": 9.0}
RUNS = 3

_ROUNDS, _WARMING = 9, 2
_ROWS, _QUICK_ROWS = 20_000, 2_000


def measure(settings: Settings, *, quick: bool = False) -> Mapping[str, Figure]:
    """One run; `quick` shows that it works, with figures of no worth."""
    inputs = _rows(_QUICK_ROWS if quick else _ROWS)
    trial = run_trial(settings, _artefact(inputs), fraud_model().inputs, inputs, _ROUNDS)
    if not trial.trees:
        raise PermanentError("The job does not evaluate the champion's trees in Java.")
    job, runtime = trial.job_ns[_WARMING:], trial.onnxruntime_ns[_WARMING:]
    ratios = [slow / fast for slow, fast in zip(runtime, job, strict=True)]
    return {
        "trees": Figure(statistics.median(job) / 1000, "CPU us/row"),
        "trees_spread": Figure(_spread(job), "%"),
        "onnxruntime": Figure(statistics.median(runtime) / 1000, "CPU us/row"),
        "onnxruntime_spread": Figure(_spread(runtime), "%"),
        "onnxruntime_over_trees": Figure(statistics.median(ratios), "ratio"),
        "largest_gap": Figure(float(np.abs(trial.job - trial.onnxruntime).max()) * 1e6, "1e-6"),
    }


def _spread(values: Sequence[float]) -> float:
    return 100 * (max(values) - min(values)) / statistics.median(values)


def _rows(count: int) -> Rows:
    """Skewed positive values as counts and amounts are, every tenth missing."""
    generator = np.random.default_rng(1)
    rows = generator.lognormal(2, 1.5, (count, len(fraud_model().inputs))).astype(np.float32)
    rows[generator.random(rows.shape) < 0.1] = np.nan
    return rows


def _artefact(rows: Rows) -> bytes:
    """As many trees of as many leaves as declared."""
    declared = fraud_model().training
    risk = np.nan_to_num(np.log(rows[:, :6] + 1)).sum(axis=1)
    fraud = risk + np.random.default_rng(2).normal(0, 3, len(rows)) > np.quantile(risk, 0.95)
    parameters = {
        "objective": "binary",
        "num_leaves": declared.leaves,
        "learning_rate": declared.learning_rate,
        "min_data_in_leaf": declared.minimum_leaf,
        "num_threads": 1,
        "verbosity": -1,
    }
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, label=fraud.astype(float)), declared.trees)
    metadata = {"model_version": "bench", "features": json.dumps(fraud_model().inputs)}
    content: bytes = booster_graph(booster, metadata).SerializeToString()
    return content
