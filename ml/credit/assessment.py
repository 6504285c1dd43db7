"""Applications as the champion scores them, many in one call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from contracts.durations import parse_duration
from ml.champions import Champion
from ml.credit.default_risk import YEAR

Inputs = Mapping[str, float | None]
CreditOutcome = Literal["approve", "review", "decline"]


@dataclass(frozen=True)
class Assessment:
    """What the champion says of one application: `probability` of default within the model's outcome window, as a share of 1."""

    outcome: CreditOutcome
    probability: float
    score: float
    points: Mapping[str, float]


def assess(champion: Champion, applications: Sequence[Inputs]) -> list[Assessment]:
    """One assessment for each application, in their order."""
    rows = [champion.vector(dict(inputs)) for inputs in applications]
    probabilities, points, scores = champion.run(rows, ("probabilities", "points", "score"))
    order: list[str] = json.loads(champion.metadata["points_order"])
    return [
        Assessment(
            outcome_at(champion, float(probabilities[place, 1])),
            float(probabilities[place, 1]),
            float(scores[place, 0]),
            dict(zip(order, (float(value) for value in points[place]), strict=True)),
        )
        for place in range(len(rows))
    ]


def outcome_at(champion: Champion, probability: float) -> CreditOutcome:
    """The champion's own thresholds, which travel inside its file."""
    if probability < champion.number("approve_below"):
        return "approve"
    return "decline" if probability >= champion.number("decline_from") else "review"


def as_taught(champion: Champion, name: str, declared: timedelta) -> timedelta:
    """A length of time that the champion was taught by; the one `declared` now where its file is older than they travel."""
    told: dict[str, str] = json.loads(champion.metadata.get("spans", "{}"))
    return parse_duration(told[name]) if name in told else declared


def within_a_year(probability: float, window: timedelta) -> float:
    """A probability of default within `window` as one within a year, where defaults come evenly."""
    return 1 - float((1 - probability) ** (YEAR / window))
