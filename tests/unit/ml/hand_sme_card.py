"""A card of loans to businesses of two features, made by hand: one of who asks, one of what is asked for."""

from __future__ import annotations

import json
import math

from contracts.models.credit import credit_model
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature

MODEL = credit_model("sme_loan")
VERSION = "sme_loan-by-hand"


def hand_sme_card() -> bytes:
    """620 points where few invoices are late and at most a month's inflow is asked for; 100 and 80 less where not."""
    scored = (
        _feature("applied_late_receivables_pct", (40,), (320, 220), 250),
        _feature("requested_to_inflow", (1,), (300, 220), 240),
    )
    metadata = {
        "model_version": VERSION,
        "features": json.dumps(list(MODEL.columns)),
        "points_order": json.dumps([feature.name for feature in scored]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in scored}),
        "approve_below": "0.1",
        "decline_from": "0.3",
    }
    content: bytes = scorecard_graph(Scorecard(scored, MODEL.scale), MODEL, metadata).SerializeToString()
    return content


def probability(points: float) -> float:
    """Of default within the year that the card's window is: odds of repaying double every 20 points, and are 50 at 600."""
    return 1 / (1 + 50 * 2 ** ((points - 600) / 20))


def _feature(name: str, cuts: tuple[float, ...], points: tuple[float, ...], missing: float) -> ScoredFeature:
    edges = (-math.inf, *cuts, math.inf)
    bins = tuple(Bin(low, high, value, 0.1) for low, high, value in zip(edges[:-1], edges[1:], points, strict=True))
    return ScoredFeature(name, bins, missing)
