"""A scorecard of four features, made by hand: no training is needed to serve, to price or to advise by one."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy.typing as npt

from contracts.models import CreditModel, micro_loan_model
from ml.champions import Champion, Numbers
from ml.credit.assessment import Inputs
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature

APPLICANT: Inputs = {
    "applied_income": 3200.0,
    "applied_employment_months": 30.0,
    "applied_existing_debt": 1500.0,
    "applied_bureau_score": 655.0,
    "applied_remittances_90d": 3.0,
    "principal": 2500.0,
}  # 620 points: 200 for the income, 180 for the bureau score, 120 for the debt, 120 for the amount


def applicant(**changes: float | None) -> Inputs:
    """The applicant with other inputs."""
    return {**APPLICANT, **changes}


def hand_card(version: str = "micro_loan-by-hand", better: float = 0.0) -> bytes:
    """The card as it is published; `better` points more for everyone."""
    features = (
        scored("applied_income", (1000, 2500), (100 + better, 150 + better, 200 + better), 100),
        scored("applied_bureau_score", (600, 700), (150, 180, 200), 170),
        scored("debt_to_income", (0.5, 1.5), (120, 100, 60), 60),
        scored("principal_to_income", (1, 2), (120, 100, 70), 70),
    )
    return made_card(micro_loan_model(), features, version)


def made_card(model: CreditModel, features: tuple[ScoredFeature, ...], version: str) -> bytes:
    """A card of some of a model's features as it is published."""
    metadata = {
        "model_version": version,
        "features": json.dumps(list(model.columns)),
        "points_order": json.dumps([feature.name for feature in features]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in features}),
        "approve_below": "0.1",
        "decline_from": "0.3",
    }
    content: bytes = scorecard_graph(Scorecard(features, model.scale), model, metadata).SerializeToString()
    return content


def scored(name: str, cuts: tuple[float, ...], points: tuple[float, ...], missing: float) -> ScoredFeature:
    """A feature with its points below the first cut, between two of them, and from the last one on."""
    edges = (-math.inf, *cuts, math.inf)
    bins = tuple(Bin(low, high, value, 0.1) for low, high, value in zip(edges[:-1], edges[1:], points, strict=True))
    return ScoredFeature(name, bins, missing)


class Counted(Champion):
    """A champion that counts how often it is called."""

    calls = 0

    def run(self, rows: npt.ArrayLike, outputs: Sequence[str] = ("probabilities",)) -> list[Numbers]:
        """As the champion does."""
        self.calls += 1
        return super().run(rows, outputs)
