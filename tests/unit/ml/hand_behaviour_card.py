"""Behaviour cards of three features, made by hand: no training is needed to ask one of open loans."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.models.behaviour import behaviour_model
from contracts.models.credit import BehaviourModelName
from ml.credit.scorecard import ScoredFeature
from tests.unit.ml.hand_made import made_card, scored

# What each knows of a borrower since the loan was granted: 140 points, or 20 less.
BORROWER: dict[BehaviourModelName, ScoredFeature] = {
    "micro_loan_behaviour": scored("applied_bureau_score", (600,), (120, 140), 120),
    "sme_loan_behaviour": scored("applied_late_receivables_pct", (40,), (140, 120), 120),
    "consumer_loan_behaviour": scored("reported_score", (600,), (120, 140), 120),
}


def version_by_hand(name: BehaviourModelName) -> str:
    """The version that a model's card has unless told otherwise."""
    return f"{name}-by-hand"


def hand_behaviour_card(
    name: BehaviourModelName = "micro_loan_behaviour",
    version: str = "",
    reads: tuple[str, ...] | None = None,
    spans: Mapping[str, str] | None = None,
) -> bytes:
    """640 points for a loan in order, each step of arrears or of the borrower's past less; `reads` and `spans` are as in `made_card`."""
    return made_card(
        behaviour_model(name),
        version or version_by_hand(name),
        scored("days_past_due", (1, 10), (300, 240, 120), 300),
        scored("paid_share", (0.2, 0.5), (180, 190, 200), 180),
        BORROWER[name],
        reads=reads,
        spans=spans,
    )
