"""A scorecard of consumer loans, made by hand, and a consumer that applies."""

from __future__ import annotations

from contracts.models.credit import credit_model
from ml.credit.assessment import Inputs
from tests.unit.ml.hand_made import made_card, scored

# 620 points: 200 for the bureau score, 180 for no arrears, 120 for the debt, 120 for the amount.
CONSUMER: Inputs = {
    "applied_income": 14_500.0,
    "applied_employment_months": 26.0,
    "applied_informal": 0.0,
    "applied_existing_debt": 6_000.0,
    "requested_amount": 12_000.0,
    "reported_score": 718.0,
    "reported_utilisation_pct": 41.5,
    "reported_worst_days_past_due": 0.0,
    "reported_inquiries_6m": 1.0,
    "reported_debt": 6_400.0,
}


def hand_consumer_card(version: str = "consumer_loan-by-hand") -> bytes:
    """The card as it is published; nobody known to the bureau has fewer points for it."""
    features = (
        scored("reported_score", (600, 700), (150, 180, 200), 170),
        scored("reported_worst_days_past_due", (1, 60), (180, 150, 120), 160),
        scored("debt_to_income", (0.5, 1.5), (120, 100, 60), 60),
        scored("requested_to_income", (1, 2), (120, 100, 70), 70),
    )
    return made_card(credit_model("consumer_loan"), version, *features)
