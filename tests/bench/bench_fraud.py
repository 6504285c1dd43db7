"""The fraud model under the protocol of the Fraud Detection Handbook, beside the book's two best models in the same harness.

The book's payments enter as `./atalaya import` takes them, their features are the kernel's own (tests/bench/fraud_history.py), and the model is
grown by ml/fraud with the declared settings, or those near them that do best on the validation folds. Controls have the book's features, and
are chosen for each metric by itself, as the book does; ours is one model for all three. Figures are means over four folds and five seeds;
`…_over_…` are paired differences in hundredths with their 95 % interval. The data lie below `bench_data` (ATALAYA_BENCH_DATA).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.benchmarks import Figure
from contracts.errors import ConfigurationError
from contracts.models import FraudTraining, fraud_model
from contracts.settings import Settings
from ml.fraud.dataset import Part
from ml.fraud.training import grow, predict
from tests.bench.fraud_book import Control, book_features, controls
from tests.bench.fraud_history import History, read_history
from tests.bench.fraud_protocol import (
    BOOK,
    END,
    KEPT_FROM,
    METRICS,
    TEST_STARTS,
    VALIDATION_STARTS,
    Fold,
    Payments,
    assess,
    beside_book,
    fold,
    paired_difference,
    payments,
)

LOG = logging.getLogger(__name__)

BASELINES = BOOK
RUNS = 1  # nothing in it is left to chance

Numbers = npt.NDArray[np.float64]
Scores = Callable[[Any, int, Fold], Numbers]

_FILE, _MAPPING = "fraud_handbook_transactions.parquet", "fraud_handbook"
_SEEDS, _QUICK_SEEDS = (1, 2, 3, 4, 5), (1, 2)


@dataclass(frozen=True)
class Contender:
    """A kind of model: the settings it is tried with, and its scores of a fold's assessed week.

    One that draws nothing (`seeded` is false) says the same with every seed, and is grown once for all.
    """

    name: str
    grid: Sequence[Any]
    scores: Scores
    seeded: bool = True


def measure(settings: Settings, *, quick: bool = False) -> Mapping[str, Figure]:
    """All contenders over all folds; `quick` tries one setting each and two seeds."""
    file = settings.bench_data / _FILE
    if not file.exists():
        raise ConfigurationError(f"There is no {file}.", hint="ATALAYA_BENCH_DATA names the folder that holds it.")
    history = read_history(settings, file, _MAPPING, KEPT_FROM, END)
    judged = payments(history.rows["occurred_at"], history.rows["customer_id"], history.fraud)
    harness = Harness(judged, _QUICK_SEEDS if quick else _SEEDS)
    features = book_features(history.rows, history.fraud)
    rivals = [_control(control, features, history.fraud) for control in controls()]
    contenders = [_ours(history), *rivals]
    if quick:
        contenders = [replace(one, grid=one.grid[:1]) for one in contenders]
    ours, *theirs = (harness.tested(one, together=one.name == "ours") for one in contenders)
    figures = _figures(ours, {rival.name: table for rival, table in zip(rivals, theirs, strict=True)})
    return {**figures, "rejected_rows": Figure(history.rejected, "rows")}


@dataclass(frozen=True)
class Harness:
    """Folds and seeds that are the same for every contender."""

    judged: Payments
    seeds: Sequence[int]

    def tested(self, contender: Contender, *, together: bool) -> dict[str, Numbers]:
        """Each metric on the test folds, a row for each fold and a column for each seed, with settings chosen on the validation folds.

        `together`: one choice for all metrics; otherwise one for each.
        """
        tried = [self._validated(contender, chosen) for chosen in contender.grid]
        metrics = list(METRICS)
        by_metric: dict[str, Callable[[dict[str, float]], float]] = {
            metric: beside_book if together else _of(metric) for metric in metrics
        }
        places = {metric: int(np.argmax([worth(found) for found in tried])) for metric, worth in by_metric.items()}
        tables = {place: self._table(contender, contender.grid[place]) for place in sorted(set(places.values()))}
        for metric, place in places.items():
            LOG.info("%s for %s: %s, validated %s", contender.name, metric, contender.grid[place], tried[place])
        return {metric: tables[place][metric] for metric, place in places.items()}

    def _validated(self, contender: Contender, chosen: object) -> dict[str, float]:
        found = [
            self._assessed(contender, chosen, self.seeds[0], fold(self.judged, start)) for start in VALIDATION_STARTS
        ]
        return {metric: float(np.mean([one[metric] for one in found])) for metric in METRICS}

    def _table(self, contender: Contender, chosen: object) -> dict[str, Numbers]:
        folds = [fold(self.judged, start) for start in TEST_STARTS]
        drawn = self.seeds if contender.seeded else self.seeds[:1]
        found = [[self._assessed(contender, chosen, seed, one) for seed in drawn] for one in folds]
        if not contender.seeded:
            found = [row * len(self.seeds) for row in found]
        return {metric: np.array([[cell[metric] for cell in row] for row in found]) for metric in METRICS}

    def _assessed(self, contender: Contender, chosen: object, seed: int, one: Fold) -> dict[str, float]:
        return assess(contender.scores(chosen, seed, one), self.judged[one.assess])


def _of(metric: str) -> Callable[[dict[str, float]], float]:
    return lambda found: found[metric]


def _ours(history: History) -> Contender:
    declared = fraud_model()

    def scores(chosen: FraudTraining, seed: int, one: Fold) -> Numbers:
        model = declared.model_copy(update={"training": chosen.model_copy(update={"seed": seed})})
        inputs = history.inputs(one.train, declared.inputs)
        amounts = history.amount_usd_minor[one.train].astype(np.float64)
        part = Part(
            inputs, history.fraud[one.train], np.ones(len(inputs), dtype=np.bool_), amounts, np.arange(len(inputs))
        )
        return predict(grow(part, model), history.inputs(one.assess, declared.inputs))

    return Contender("ours", neighbours(declared.training), scores)


def neighbours(declared: FraudTraining) -> list[FraudTraining]:
    """The declared settings first, then those that differ from them in one thing; none grows more trees than the job is to score."""
    changes: list[dict[str, Any]] = [
        {},
        {"leaves": 7},
        {"leaves": 31},
        {"trees": 60, "learning_rate": 0.1},
        {"learning_rate": 0.05},
        {"minimum_leaf": 10},
        {"l2": 10.0},
        {"input_share": 0.3},
        {"input_share": 1.0},
    ]
    return [declared.model_copy(update=change) for change in changes]


def _control(control: Control, features: Numbers, fraud: npt.NDArray[np.bool_]) -> Contender:
    def scores(chosen: Mapping[str, Any], seed: int, one: Fold) -> Numbers:
        return control.scores(chosen, seed, features[one.train], fraud[one.train], features[one.assess])

    return Contender(control.name, control.grid, scores, control.seeded)


def _figures(ours: Mapping[str, Numbers], theirs: Mapping[str, Mapping[str, Numbers]]) -> dict[str, Figure]:
    figures = {metric: Figure(float(ours[metric].mean()), "") for metric in METRICS}
    for name, table in theirs.items():
        for metric in METRICS:
            figures[f"{metric}_{name}"] = Figure(float(table[metric].mean()), "")
            difference = paired_difference(ours[metric], table[metric])
            for part in ("mean", "low", "high"):
                suffix = "" if part == "mean" else f"_{part}"
                figures[f"{metric}_over_{name}{suffix}"] = Figure(100 * getattr(difference, part), "hundredths")
    return figures
