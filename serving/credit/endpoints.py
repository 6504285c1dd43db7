"""HTTP: decide on a credit application, and recommend what is better for a customer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Request

from serving.credit.advice import Recommendations, recommendations_told
from serving.credit.answers import CreditDecision, decision_told
from serving.credit.request import EXAMPLES, Application
from serving.decisions.explain import preferred_language
from serving.platform.auth import requires
from serving.platform.problems import responses
from serving.platform.texts import Text

router = APIRouter(prefix="/v1", tags=["credit"])

Wanted = Annotated[str, Header(alias="Accept-Language", description="en, es or fr.")]


@router.post(
    "/decisions/credit",
    dependencies=[requires("credit:write")],
    summary="Decide on a credit application",
    responses=responses(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
async def decide_credit(
    request: Request,
    application: Annotated[Application, Body(openapi_examples=EXAMPLES)],
    accept_language: Wanted = "en",
) -> CreditDecision:
    """Scores an application with the scorecard of its `product` and answers the one decision on its `application_id`.

    `features` are the columns that the product's scorecard reads; an application that names no product is for a micro-loan.
    `offer` is the lowest rate that pays for the loan's costs and risk, within the cap of its jurisdiction and with the rate
    that the law there wants to be disclosed; `limit` is the largest loan over the same months. They are stored with the
    decision: asked again, the same application has the same offer, whatever the model and the prices are by then.

    A product whose scorecard is not in service answers 503 and decides on nobody: ask again with the same `application_id`
    when it is.
    """
    request.state.subject_id = application.application_id
    stored = await request.app.state.credit.decide(application)
    return decision_told(stored, preferred_language(accept_language))


@router.get(
    "/recommendations/{customer_id}",
    dependencies=[requires("credit:read")],
    summary="Recommend offers and improvements to a customer",
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def read_recommendations(
    request: Request,
    customer_id: Annotated[Text, Path(description="Who applied", examples=["user-000077"])],
    accept_language: Wanted = "en",
) -> Recommendations:
    """Takes the customer's last application and decides on it as of now: nothing of it is stored, and no decision changes.

    It is given to people, by their last application for a micro-loan or a consumer loan; a business is given none.

    `offers` are for the amount that was asked for, the lender's own over the terms that are offered and those that providers
    made to people with such a bureau score, in the order of what they cost (total cost by principal and instalment by income,
    weighted as declared) and of how well the providers answer: `order` says where nothing is known of that. `improvements`
    are declared actions whose outcome was found by scoring the changed application; the model does not promise that the
    bureau or the lender will see it the same way.
    """
    request.state.subject_id = customer_id
    stored, version, found, alerts = await request.app.state.credit.recommend(customer_id)
    return recommendations_told(stored, version, found, alerts, preferred_language(accept_language))
