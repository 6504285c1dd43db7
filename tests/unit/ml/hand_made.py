"""Cards made by hand, of any credit model: no training is needed to ask one."""

from __future__ import annotations

import json
import math

from contracts.models.credit import CreditModel
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature


def made_card(model: CreditModel, version: str, *features: ScoredFeature) -> bytes:
    """The card as it is published."""
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


def scored(name: str, cut: float, below: float, above: float, missing: float) -> ScoredFeature:
    """A feature of two bins."""
    return ScoredFeature(name, (Bin(-math.inf, cut, below, 0.1), Bin(cut, math.inf, above, 0.1)), missing)


def probability(points: float) -> float:
    """Of default within the model's window: odds of repaying double every 20 points, and are 50 at 600."""
    return 1 / (1 + 50 * 2 ** ((points - 600) / 20))
