"""A behaviour card of three features, made by hand: no training is needed to ask it of open loans."""

from __future__ import annotations

import json
import math

from contracts.models.behaviour import behaviour_model
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature

MODEL = behaviour_model("micro_loan_behaviour")
VERSION = "micro_loan_behaviour-by-hand"


def hand_behaviour_card(version: str = VERSION, features: tuple[str, ...] = MODEL.columns) -> bytes:
    """640 points for a loan in order, each step of arrears or of the bureau score less; `features` are what it says that it reads."""
    scored = (
        _feature("days_past_due", (1, 10), (300, 240, 120)),
        _feature("paid_share", (0.2, 0.5), (180, 190, 200)),
        _feature("applied_bureau_score", (600,), (120, 140)),
    )
    metadata = {
        "model_version": version,
        "features": json.dumps(list(features)),
        "points_order": json.dumps([feature.name for feature in scored]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in scored}),
        "approve_below": "0.1",
        "decline_from": "0.3",
    }
    content: bytes = scorecard_graph(Scorecard(scored, MODEL.scale), MODEL, metadata).SerializeToString()
    return content


def _feature(name: str, cuts: tuple[float, ...], points: tuple[float, ...]) -> ScoredFeature:
    edges = (-math.inf, *cuts, math.inf)
    bins = tuple(Bin(low, high, value, 0.1) for low, high, value in zip(edges[:-1], edges[1:], points, strict=True))
    return ScoredFeature(name, bins, points[0])
