"""Cards of two features each, made by hand: one of who asks, one of what is asked for, by which an allowance moves apart."""

from __future__ import annotations

from contracts.models.credit import credit_model
from tests.unit.ml.hand_made import made_card, scored

SME, CONSUMER = credit_model("sme_loan"), credit_model("consumer_loan")
SME_VERSION, CONSUMER_VERSION = "sme_loan-by-hand", "consumer_loan-by-hand"


def sme_allowance_card() -> bytes:
    """620 points where few invoices are late and less than a month's inflow is asked for; 100 and 80 less where not."""
    return made_card(
        SME,
        SME_VERSION,
        scored("applied_late_receivables_pct", (40,), (320, 220), 250),
        scored("requested_to_inflow", (1,), (300, 220), 240),
    )


def consumer_allowance_card() -> bytes:
    """620 points for a bureau score of 600 or more and less than a month's income asked for; 90 and 60 less where not."""
    return made_card(
        CONSUMER,
        CONSUMER_VERSION,
        scored("reported_score", (600,), (230, 320), 260),
        scored("requested_to_income", (1,), (300, 240), 240),
    )
