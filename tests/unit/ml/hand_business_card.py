"""A scorecard of loans to businesses, made by hand, and a business that applies."""

from __future__ import annotations

from contracts.models.credit import credit_model
from ml.credit.assessment import Inputs
from tests.unit.ml.hand_made import made_card, scored

# 620 points: 220 for the inflow that hardly changed, 160 for the receivables, 120 for the amount, 120 for the instalments.
BUSINESS: Inputs = {
    "applied_inflow_change_pct": -2.5,
    "applied_late_receivables_pct": 18.0,
    "applied_average_balance": 11_000.0,
    "applied_monthly_inflow": 20_000.0,
    "requested_amount": 18_000.0,
}


def business(**changes: float | None) -> Inputs:
    """What the business tells, with other columns."""
    return {**BUSINESS, **changes}


def hand_business_card(version: str = "sme_loan-by-hand") -> bytes:
    """The card as it is published; it reads the term in `instalment_to_inflow`."""
    features = (
        scored("applied_inflow_change_pct", (-30, -10), (140, 180, 220), 180),
        scored("applied_late_receivables_pct", (25, 50), (160, 130, 100), 130),
        scored("requested_to_inflow", (1, 2), (120, 100, 80), 80),
        scored("instalment_to_inflow", (0.1, 0.2), (120, 80, 40), 40),
    )
    return made_card(credit_model("sme_loan"), version, *features)
