"""Each planted kind of fraud and laundering: how much of it is found at the declared alert budget, on worlds that nobody learnt from.

The workload plants worlds in memory, the kernel gives their features, and `train_fraud` learns from the training seeds with labels as late as they
are told. Judged are the end of the training seeds' time (`later`), other seeds (`held_out`), and other seeds with every parameter of the
planter moved by up to 30 % (`perturbed`), by the truth and not by labels. Controls: the largest amounts at the same budget
(`…_by_amount`), and the rules at whatever they stop or alert to (`…_by_rules`). Other seeds are judged from their first day on, since an honest
employer is new once. Only the two systems in which something is planted are built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.benchmarks import Figure, Tell, collect
from contracts.models import fraud_model
from contracts.settings import Settings
from ml.champions import Champion
from ml.fraud.run import Trained, train_fraud
from sources.workload.planting.cases import FRAUD
from sources.workload.sizes import Size, parse_size
from tests.bench.kinds_figures import figures
from tests.bench.kinds_planting import perturbed
from tests.bench.kinds_world import Watched, together, watched

RUNS = 1  # nothing in it is left to chance

_AS_OF = datetime(2026, 11, 22, 17, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """Seeds by what they are for; no two worlds share an account."""

    size: Size
    training: Sequence[int]
    held_out: Sequence[int]
    perturbed: Sequence[int]


_FULL = Plan(parse_size("small"), (101, 102, 103), (201, 202, 203), (301, 302, 303))
_QUICK = Plan(parse_size(2_000), (101,), (201,), (301,))


def measure(
    settings: Settings, *, quick: bool = False, tell: Tell = lambda _name, _figure: None
) -> Mapping[str, Figure]:
    """One run; `quick` has small worlds, whose figures are of no worth."""
    plan = _QUICK if quick else _FULL
    known = together(watched(settings, seed, plan.size, _AS_OF) for seed in plan.training)
    trained = train_fraud(known.decisions, known.labels)
    found = collect(_of_training(known, trained), tell)
    held_out = together(watched(settings, seed, plan.size, _AS_OF) for seed in plan.held_out)
    moved = together(watched(settings, seed, plan.size, _AS_OF, perturbed(seed)) for seed in plan.perturbed)
    test_from = trained.dataset.boundaries["test_from"]
    judged = {
        "later": known.decisions[known.decisions["occurred_at"] >= test_from],
        "held_out": held_out.decisions,
        "perturbed": moved.decisions,
    }
    for group, rows in judged.items():
        found |= collect(figures(group, rows.reset_index(drop=True), _scores(trained, rows)), tell)
    return found


def _of_training(known: Watched, trained: Trained) -> list[tuple[str, Figure]]:
    """The budget, and how many movements of each fraud the trees have seen as such."""
    bounds = trained.dataset.boundaries
    told = known.labels[(known.labels["label"] == "fraud") & (known.labels["known_at"] <= bounds["validation_from"])]
    learnt = known.decisions[known.decisions["occurred_at"] < bounds["train_until"]]
    planted = learnt.merge(told, on=["transaction_id", "leg"])["planted"]
    counts = [(f"learnt_{kind}", Figure(float((planted == kind).sum()), "movements")) for kind in FRAUD]
    return [("alert_budget", Figure(100 * fraud_model().decision.alert_budget, "%")), *counts]


def _scores(trained: Trained, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The served file's own probabilities."""
    inputs = rows[list(fraud_model().inputs)].to_numpy(dtype=np.float32)
    return Champion(trained.content).run(inputs)[0][:, 1].astype(np.float64)
