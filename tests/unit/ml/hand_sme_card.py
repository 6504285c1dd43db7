"""A card of loans to businesses of two features, made by hand: one of who asks, one of what is asked for."""

from __future__ import annotations

from contracts.models.credit import credit_model
from tests.unit.ml.hand_made import made_card, scored

MODEL = credit_model("sme_loan")
VERSION = "sme_loan-by-hand"


def hand_sme_card() -> bytes:
    """620 points where few invoices are late and less than a month's inflow is asked for; 100 and 80 less where not."""
    return made_card(
        MODEL,
        VERSION,
        scored("applied_late_receivables_pct", 40, 320, 220, missing=250),
        scored("requested_to_inflow", 1, 300, 220, missing=240),
    )
