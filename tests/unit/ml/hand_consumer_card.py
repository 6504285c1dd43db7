"""A card of consumer loans of two features, made by hand: one of the bureau's report, one of what is asked for."""

from __future__ import annotations

from contracts.models.credit import credit_model
from tests.unit.ml.hand_made import made_card, scored

MODEL = credit_model("consumer_loan")
VERSION = "consumer_loan-by-hand"


def hand_consumer_card() -> bytes:
    """620 points for a bureau score of 600 or more and less than a month's income asked for; 90 and 60 less where not."""
    return made_card(
        MODEL,
        VERSION,
        scored("reported_score", 600, 230, 320, missing=260),
        scored("requested_to_income", 1, 300, 240, missing=240),
    )
