"""The verdict on a card: how good it is on what was held out, and the gate that stops what must not be served."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import ScorecardModel
from ml.credit.fair_lending import fair_conditions
from ml.credit.fairness import GroupOutcome, Judged, fairness_table
from ml.credit.leakage import feature_aucs
from ml.governance.calibration import Calibration, Gain, calibration, gains
from ml.governance.comparison import AucDifference, auc_difference
from ml.governance.gate import Condition, Gate, at_least, at_most
from ml.governance.performance import Performance, performance
from ml.governance.resampling import Clusters
from ml.governance.segments import SegmentRow, score_bands, value_bands
from ml.governance.stability import Stability, stability

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What a card is judged by: held-out applicants with their outcome, and the training rows they are compared with.

    `borrowers` numbers whose each held-out loan is, `jurisdictions` says under whose rules it is. `groups` holds the protected
    attributes of the held-out applicants, a row each; None where nobody knows them.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    train_scores: Scores
    test_scores: Scores
    default: npt.NDArray[np.bool_]
    borrowers: Clusters
    jurisdictions: npt.NDArray[np.str_]
    parity_gap: float
    champion_scores: Scores | None = None
    groups: pd.DataFrame | None = None


@dataclass(frozen=True)
class Verdict:
    """Metrics, the gate, and the tables behind them; `stability` is by feature, the score among them as `score`."""

    metrics: dict[str, float]
    gate: Gate
    stability: dict[str, Stability]
    fairness: tuple[GroupOutcome, ...]
    segments: tuple[SegmentRow, ...]
    calibration: Calibration
    gains: tuple[Gain, ...]


def judge(evidence: Evidence, model: ScorecardModel) -> Verdict:
    """The verdict on what was held out; the same evidence gives the same verdict."""
    metrics = headline(evidence.test_scores, evidence.default, evidence.borrowers).metrics()
    metrics |= _rates(evidence, model) | {"parity_gap": evidence.parity_gap}
    reliability = calibration(evidence.test_scores, evidence.default, evidence.borrowers)
    metrics |= reliability.metrics()
    drift = _drift(evidence, model)
    metrics |= {f"stability_{name}": found.index for name, found in drift.items()}
    fairness = _fairness(evidence, model)
    alone = feature_aucs(evidence.test, evidence.default)
    conditions = [
        at_least("auc", metrics["auc"], model.gate.minimum_auc),
        at_most("parity_gap", metrics["parity_gap"], model.gate.maximum_parity_gap),
        at_most(
            f"auc of {max(alone, key=alone.__getitem__)} alone", max(alone.values()), model.gate.maximum_feature_auc
        ),
        _stable(drift["score"], model),
        *fair_conditions(fairness, model.policies),
    ]
    if evidence.champion_scores is not None:
        delta = auc_difference(evidence.test_scores, evidence.champion_scores, evidence.default, evidence.borrowers)
        metrics |= as_metrics("auc_less_champion", delta)
        conditions += _beside_champion(metrics["auc"], delta, model)
    segments = score_bands(evidence.test_scores, evidence.default) + value_bands(
        evidence.train, evidence.test, evidence.test_scores, evidence.default
    )
    captured = gains(evidence.test_scores, evidence.default)
    return Verdict(metrics, Gate(tuple(conditions)), drift, fairness, segments, reliability, captured)


def headline(scores: Scores, default: npt.NDArray[np.bool_], borrowers: Clusters) -> Performance:
    """The figures that a model is known by, with draws of whole borrowers."""
    return performance(scores, default, borrowers)


def _rates(evidence: Evidence, model: ScorecardModel) -> dict[str, float]:
    """What a reader needs beside the figures."""
    return {
        model.rows: float(len(evidence.default)),
        "defaults": float(evidence.default.sum()),
        "default_rate": float(evidence.default.mean()),
        "mean_probability": float(evidence.test_scores.mean()),
    }


def as_metrics(name: str, delta: AucDifference) -> dict[str, float]:
    """A difference with the ends of its interval."""
    return {name: delta.difference, f"{name}_low": delta.low, f"{name}_high": delta.high}


def _drift(evidence: Evidence, model: ScorecardModel) -> dict[str, Stability]:
    significance = model.gate.shift_significance
    found = {"score": stability(evidence.train_scores, evidence.test_scores, significance)}
    for name in evidence.train.columns:
        earlier, later = (part[name].to_numpy(dtype=np.float64) for part in (evidence.train, evidence.test))
        found[name] = stability(earlier, later, significance)
    return found


def _stable(score: Stability, model: ScorecardModel) -> Condition:
    """A shift must be more than chance and more than the declared index: in large samples chance explains none."""
    return at_most("stability index of the score", score.index, max(score.critical, model.gate.maximum_score_shift))


def _fairness(evidence: Evidence, model: ScorecardModel) -> tuple[GroupOutcome, ...]:
    """Groups are compared among those who are under the same rules."""
    if evidence.groups is None:
        return ()
    rows: list[GroupOutcome] = []
    for jurisdiction in model.policies:
        own = evidence.jurisdictions == jurisdiction
        judged = Judged(jurisdiction, evidence.groups[own], evidence.test_scores[own], evidence.default[own])
        rows += fairness_table(judged, model.decision.approve_below)
    return tuple(rows)


def _beside_champion(auc: float, delta: AucDifference, model: ScorecardModel) -> list[Condition]:
    """Worse by more than the tolerance, or by more than chance explains, is worse."""
    champion = auc - delta.difference
    return [
        at_least("auc beside the champion", auc, champion - model.gate.auc_tolerance),
        at_least("upper end of the difference from the champion", delta.high, 0.0),
    ]
