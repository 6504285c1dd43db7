"""Cards made by hand, of any credit model: no training is needed to ask one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from contracts.models.credit import ScorecardModel
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature


def made_card(
    model: ScorecardModel,
    version: str,
    *features: ScoredFeature,
    reads: tuple[str, ...] | None = None,
    spans: Mapping[str, str] | None = None,
) -> bytes:
    """A card of some of a model's features as it is published; it says that it `reads` all columns unless told otherwise.

    `spans` are the lengths of time that it says it was taught by, as a card of today does; without them it is an older one.
    """
    metadata = {
        "model_version": version,
        "features": json.dumps(list(reads or model.columns)),
        "points_order": json.dumps([feature.name for feature in features]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in features}),
        "approve_below": "0.1",
        "decline_from": "0.3",
        **({"spans": json.dumps(dict(spans))} if spans else {}),
    }
    content: bytes = scorecard_graph(Scorecard(features, model.scale), model, metadata).SerializeToString()
    return content


def scored(name: str, cuts: tuple[float, ...], points: tuple[float, ...], missing: float) -> ScoredFeature:
    """A feature with its points below the first cut, between two of them, and from the last one on."""
    edges = (-math.inf, *cuts, math.inf)
    bins = tuple(Bin(low, high, value, 0.1) for low, high, value in zip(edges[:-1], edges[1:], points, strict=True))
    return ScoredFeature(name, bins, missing)


def probability(points: float) -> float:
    """Of default within the model's window: odds of repaying double every 20 points, and are 50 at 600."""
    return 1 / (1 + 50 * 2 ** ((points - 600) / 20))
