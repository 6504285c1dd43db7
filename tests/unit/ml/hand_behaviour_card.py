"""A behaviour card of three features, made by hand: no training is needed to ask it of open loans."""

from __future__ import annotations

from contracts.models.behaviour import behaviour_model
from tests.unit.ml.hand_made import made_card, scored

MODEL = behaviour_model("micro_loan_behaviour")
VERSION = "micro_loan_behaviour-by-hand"


def hand_behaviour_card(version: str = VERSION, features: tuple[str, ...] = MODEL.columns) -> bytes:
    """640 points for a loan in order, each step of arrears or of the bureau score less; `features` are what it says that it reads."""
    return made_card(
        MODEL,
        version,
        scored("days_past_due", (1, 10), (300, 240, 120), 300),
        scored("paid_share", (0.2, 0.5), (180, 190, 200), 180),
        scored("applied_bureau_score", (600,), (120, 140), 120),
        reads=features,
    )
