"""The credit models of ml.credit over public sets, by nested N x 2 cross-validation as in Lessmann et al. 2015.

Each repetition halves a set at random, stratified by outcome; each half trains once and is judged once. Everything that
is chosen (bins, weights, encodings, candidates, calibration) is chosen within the training half. AUC is the mean over the
2 N halves, `..._spread` its standard deviation over them; costs are a set's own, at the threshold they ask for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

from contracts.benchmarks import Figure
from contracts.models.credit import booster_search
from contracts.settings import Settings
from ml.credit.baseline import baseline_probabilities, fit_baseline
from ml.credit.card_fitting import fit_card
from ml.credit.challenger import fit_challenger
from tests.bench.credit_sets import Applicants, CreditSet, described_sets, read_applicants, read_set

RUNS = 1  # the repetitions are within

_QUICK_ROWS = 1000

Probabilities = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.bool_]
Model = Callable[[pd.DataFrame, Outcomes, pd.DataFrame, CreditSet], Probabilities]

logger = logging.getLogger(__name__)


def _published() -> dict[str, float]:
    found = {}
    for described in described_sets():
        if described.published is not None:
            found[f"{described.set}_auc_booster"] = described.published.best
            found[f"{described.set}_auc_logistic"] = described.published.logistic
    return found


BASELINES = _published()


def measure(settings: Settings, *, quick: bool = False, described_by: Path | None = None) -> Mapping[str, Figure]:
    """Every described set, or the one that a file describes; `quick` takes one repetition of some rows."""
    figures: dict[str, Figure] = {}
    for described in described_sets() if described_by is None else (read_set(described_by),):
        applicants = read_applicants(described, settings)
        figures |= _judge(described, _some(applicants) if quick else applicants, 1 if quick else described.repetitions)
    return figures


def _judge(described: CreditSet, applicants: Applicants, repetitions: int) -> dict[str, Figure]:
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in _MODELS}
    for repetition in range(repetitions):
        halves = StratifiedKFold(2, shuffle=True, random_state=repetition)
        for train, test in halves.split(applicants.features, applicants.default):
            seen, outcomes = applicants.features.iloc[train], applicants.default[train]
            for name, model in _MODELS.items():
                scores = model(seen, outcomes, applicants.features.iloc[test], described)
                found[name].append(_measures(scores, applicants.default[test], described))
        logger.info("%s: repetition %d of %d", described.set, repetition + 1, repetitions)
    figures: dict[str, Figure] = {}
    for name, rows in found.items():
        auc, brier, cost = (np.array(column) for column in zip(*rows, strict=True))
        figures |= {
            f"{described.set}_auc_{name}": Figure(float(auc.mean()), "AUC"),
            f"{described.set}_auc_{name}_spread": Figure(float(auc.std(ddof=1)), "AUC"),
            f"{described.set}_brier_{name}": Figure(float(brier.mean()), "score"),
            f"{described.set}_cost_{name}": Figure(float(cost.mean()), "cost/applicant"),
        }
    return figures | _way(described, figures)


def _way(described: CreditSet, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """How far the booster came from the published logistic regression (0) to the published best (1)."""
    if described.published is None:
        return {}
    start, end = described.published.logistic, described.published.best
    way = (figures[f"{described.set}_auc_booster"].value - start) / (end - start)
    return {f"{described.set}_way_to_best": Figure(way, "ratio")}


def _measures(scores: Probabilities, default: Outcomes, described: CreditSet) -> tuple[float, float, float]:
    costs = described.costs
    refused = scores >= costs.refuse_from
    lost = costs.bad_accepted * (default & ~refused) + costs.good_refused * (~default & refused)
    return float(roc_auc_score(default, scores)), float(np.mean((scores - default) ** 2)), float(lost.mean())


def _booster(seen: pd.DataFrame, default: Outcomes, unseen: pd.DataFrame, described: CreditSet) -> Probabilities:
    return fit_challenger(seen, default, described, booster_search()).probabilities(unseen)


def _scorecard(seen: pd.DataFrame, default: Outcomes, unseen: pd.DataFrame, described: CreditSet) -> Probabilities:
    return fit_card(seen, default, described).probabilities(unseen)


def _logistic(seen: pd.DataFrame, default: Outcomes, unseen: pd.DataFrame, described: CreditSet) -> Probabilities:
    return baseline_probabilities(fit_baseline(seen, default, described), unseen, described)


_MODELS: dict[str, Model] = {"booster": _booster, "scorecard": _scorecard, "logistic": _logistic}


def _some(applicants: Applicants) -> Applicants:
    rows = np.random.default_rng(0).permutation(len(applicants.default))[:_QUICK_ROWS]
    return Applicants(applicants.features.iloc[rows], applicants.default[rows])
