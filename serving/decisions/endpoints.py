"""HTTP: ask for a decision before a movement is committed, and read one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request

from contracts.errors import InvalidInputError, NotFoundError
from serving.decisions.explain import Decision, explain, preferred_language
from serving.decisions.repository import find_decision
from serving.decisions.request import EXAMPLE, read_request, request_schema
from serving.platform.auth import requires
from serving.platform.problems import responses
from serving.platform.texts import Text

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

# Attempts are 1 to 99 (contracts/events/transaction.schema.json).
_DECISION_ID = re.compile(r"(?P<transaction_id>.+):(?P<leg>debit|credit):(?P<attempt>[1-9][0-9]?)")

Language = Annotated[str, Header(alias="Accept-Language", description="Customer's language: en, es or fr.")]
Include = Annotated[Literal["features"] | None, Query(description="`features` adds the values decided on.")]


@router.post(
    "/transactions",
    dependencies=[requires("decisions:write")],
    summary="Decide on a movement before it is committed",
    responses=responses(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    response_model_exclude_none=False,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": request_schema(), "example": EXAMPLE}},
        }
    },
)
async def decide_transaction(request: Request, accept_language: Language = "en", include: Include = None) -> Decision:
    """Answers the one decision on (transaction_id, leg, attempt): asking again gives the same, also after a restart.

    The streaming job decides; when it does not answer within the policy's budget, the decision is made on the account's
    last stored activity with the same model, says `"mode": "fallback"`, and counts just the same. Commit the movement
    with the same three identifiers; if amount or counterparty change, ask again with the next `attempt`.
    """
    service, platform = request.app.state.decisions, request.app.state.platform
    event = read_request(await request.body(), platform.exchange.new_id(), datetime.now(UTC))
    request.state.subject_id = event["data"]["transaction_id"]
    document = await service.decide(event)
    language = preferred_language(accept_language)
    return explain(
        document, language, platform.fraud.current(), platform.rules.current(), features=include == "features"
    )


@router.get(
    "/{decision_id}",
    dependencies=[requires("decisions:read")],
    summary="Read a decision",
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def read_decision(
    request: Request,
    decision_id: Annotated[Text, Path(description="transaction_id:leg:attempt", examples=["tx-1:debit:1"])],
    accept_language: Language = "en",
    include: Include = None,
) -> Decision:
    """Answers the stored decision on a movement, live or asked for."""
    platform = request.app.state.platform
    transaction_id, leg, attempt = _parse(decision_id)
    request.state.subject_id = transaction_id
    document = await find_decision(platform.pool, transaction_id, leg, attempt)
    if document is None:
        raise NotFoundError(f"There is no decision {decision_id!r}.")
    language = preferred_language(accept_language)
    return explain(
        document, language, platform.fraud.current(), platform.rules.current(), features=include == "features"
    )


def _parse(decision_id: str) -> tuple[str, str, int]:
    parts = _DECISION_ID.fullmatch(decision_id)
    if parts is None:
        raise InvalidInputError("write transaction_id:leg:attempt", field="decision_id", hint="tx-1:debit:1")
    return parts["transaction_id"], parts["leg"], int(parts["attempt"])
