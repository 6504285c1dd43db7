"""An application's decision with its offer and limit, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from contracts.events import Json
from contracts.models.credit import CreditModelName, credit_model
from ml.champions import Champion
from ml.credit.assessment import Assessment
from ml.credit.reasons import largest_losses
from ml.credit.underwriting import Application, book_of, underwrite
from serving.credit.answers import offer_told
from serving.credit.request import CreditRequest


def score_application(request: CreditRequest, champion: Champion, now: datetime) -> Json:
    """The decision on an application; reasons hold feature and points lost. Caps are those of `now`'s day in UTC."""
    inputs = request.inputs
    application = Application(inputs, request.months, request.jurisdiction)
    (underwriting,) = underwrite([application], champion, book_of(request.product), now.date())
    assessed = underwriting.assessment
    return {
        "application_id": request.application_id,
        "customer_id": request.customer_id,
        "product": request.product,
        "outcome": assessed.outcome,
        "probability_of_default": assessed.probability,
        "points": round(assessed.score),
        "reasons": _reasons(assessed, champion, request.product),
        "inputs": inputs,
        "model_version": champion.version,
        "decided_at": now,
        "term_months": request.months,
        "jurisdiction": request.jurisdiction,
        "offer": offer_told(underwriting.offer),
        "offer_refusal": underwriting.refusal,
        "credit_limit": offer_told(underwriting.limit),
    }


def _reasons(assessed: Assessment, champion: Champion, product: CreditModelName) -> list[Mapping[str, object]]:
    if assessed.outcome == "approve":
        return []
    best: dict[str, float] = orjson.loads(champion.metadata["best_points"])
    losses = largest_losses(assessed.points, best, credit_model(product).decision.reasons)
    return [{"feature": loss.feature, "points_lost": round(loss.points)} for loss in losses]
