"""An application's decision with its offer and limit, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from contracts.events import Json
from contracts.models import micro_loan_model
from ml.champions import Champion
from ml.credit.assessment import Assessment
from ml.credit.reasons import largest_losses
from ml.credit.underwriting import Application, micro_loan_book, underwrite
from serving.credit.answers import offer_told
from serving.credit.request import CreditRequest


def inputs_of(request: CreditRequest) -> dict[str, float | None]:
    """The card's columns by name."""
    inputs: dict[str, float | None] = request.features.model_dump()  # type: ignore[attr-defined]
    return inputs


def score_application(request: CreditRequest, champion: Champion, now: datetime) -> Json:
    """The decision on an application; reasons hold feature and points lost. Caps are those of `now`'s day in UTC."""
    inputs = inputs_of(request)
    application = Application(inputs, request.months, request.jurisdiction)
    (underwriting,) = underwrite([application], champion, micro_loan_book(), now.date())
    assessed = underwriting.assessment
    return {
        "application_id": request.application_id,
        "customer_id": request.customer_id,
        "product": request.product,
        "outcome": assessed.outcome,
        "probability_of_default": assessed.probability,
        "points": round(assessed.score),
        "reasons": _reasons(assessed, champion),
        "inputs": inputs,
        "model_version": champion.version,
        "decided_at": now,
        "term_months": request.months,
        "jurisdiction": request.jurisdiction,
        "offer": offer_told(underwriting.offer),
        "offer_refusal": underwriting.refusal,
        "credit_limit": offer_told(underwriting.limit),
    }


def _reasons(assessed: Assessment, champion: Champion) -> list[Mapping[str, object]]:
    if assessed.outcome == "approve":
        return []
    best: dict[str, float] = orjson.loads(champion.metadata["best_points"])
    losses = largest_losses(assessed.points, best, micro_loan_model().decision.reasons)
    return [{"feature": loss.feature, "points_lost": round(loss.points)} for loss in losses]
