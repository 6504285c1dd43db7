"""HTTP: decide on a credit application."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request

from contracts.events import Json
from contracts.models import micro_loan_model
from contracts.rules import Language
from serving.credit.request import CreditDecision, CreditReason, CreditRequest
from serving.decisions.explain import preferred_language
from serving.platform.auth import requires
from serving.platform.problems import responses

router = APIRouter(prefix="/v1/decisions", tags=["credit"])


@router.post(
    "/credit",
    dependencies=[requires("credit:write")],
    summary="Decide on a credit application",
    responses=responses(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
async def decide_credit(
    request: Request,
    application: CreditRequest,
    accept_language: Annotated[str, Header(alias="Accept-Language", description="en, es or fr.")] = "en",
) -> CreditDecision:
    """Scores an application with the micro-loan scorecard and answers the one decision on its `application_id`."""
    request.state.subject_id = application.application_id
    stored = await request.app.state.credit.decide(application)
    return tell(stored, preferred_language(accept_language))


def tell(stored: Json, language: Language) -> CreditDecision:
    """The answer for a stored decision, reasons in a language."""
    declared = {feature.name: feature for feature in micro_loan_model().features}
    reasons = [
        CreditReason(**reason, code=feature.code, text=feature.reason[language])
        for reason in stored["reasons"]
        if (feature := declared.get(reason["feature"])) is not None
    ]
    names = CreditDecision.model_fields.keys() - {"decision_id", "reasons"}
    facts = {name: stored[name] for name in names}
    return CreditDecision(decision_id=stored["application_id"], reasons=reasons, **facts)
