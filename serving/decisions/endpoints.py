"""HTTP: ask for a decision before a movement is committed, and read one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from contracts.errors import InvalidInputError, NotFoundError
from serving.decisions.explain import Decision, Part, explain, preferred_language
from serving.decisions.repository import find_decision
from serving.decisions.request import EXAMPLE, read_request, request_schema
from serving.platform.auth import requires
from serving.platform.problems import responses
from serving.platform.texts import Text

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

# Attempts are 1 to 99 (contracts/events/transaction.schema.json).
_DECISION_ID = re.compile(r"(?P<transaction_id>.+):(?P<leg>debit|credit):(?P<attempt>[1-9][0-9]?)")

Language = Annotated[str, Header(alias="Accept-Language", description="Customer's language: en, es or fr.")]
Include = Annotated[
    list[Part] | None,
    Query(
        description="`features` adds the values decided on, `contributions` what each added to the score, exactly; both: "
        "`include=features&include=contributions`."
    ),
]


@router.post(
    "/transactions",
    dependencies=[requires("decisions:write")],
    summary="Decide on a movement before it is committed",
    responses=responses(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    response_model=Decision,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": request_schema(), "example": EXAMPLE}},
        }
    },
)
async def decide_transaction(request: Request, accept_language: Language = "en", include: Include = None) -> Response:
    """Answers the one decision on (transaction_id, leg, attempt): asking again gives the same, also after a restart.

    The streaming job decides; when it does not answer within the policy's budget, the decision is made on the account's
    last stored activity with the same model, says `"mode": "fallback"`, and counts just the same. Commit the movement
    with the same three identifiers; if amount or counterparty change, ask again with the next `attempt`.

    Show the customer `outcome` and the reasons' `customer` texts (those that are not null), in the order given; `analyst` is
    for your own staff. `include=contributions` is meant for reading a decision again, not for every payment.
    """
    service, platform = request.app.state.decisions, request.app.state.platform
    event = read_request(await request.body(), platform.exchange.new_id(), datetime.now(UTC))
    request.state.subject_id = event["data"]["transaction_id"]
    document = await service.decide(event)
    language = preferred_language(accept_language)
    decider = platform.fraud.find(document["model_version"])
    decision = explain(document, language, decider, platform.rules.current(), include or ())
    # FastAPI would check once more what it gets: a tenth of a request's work.
    return Response(decision.model_dump_json(), media_type="application/json")


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
    """Answers the stored decision on a movement, live or asked for, explained by the model and in the words of its time.

    With `include=contributions` the score is taken apart: a base and one contribution for each input of the model, in log-odds,
    which add up to the log-odds of `score`. Each carries the value it came from and the reason that it belongs to.
    """
    platform = request.app.state.platform
    transaction_id, leg, attempt = _parse(decision_id)
    request.state.subject_id = transaction_id
    document = await find_decision(platform.pool, transaction_id, leg, attempt)
    if document is None:
        raise NotFoundError(f"There is no decision {decision_id!r}.")
    language = preferred_language(accept_language)
    decider = platform.fraud.find(document["model_version"])
    return explain(document, language, decider, platform.rules.current(), include or ())


def _parse(decision_id: str) -> tuple[str, str, int]:
    parts = _DECISION_ID.fullmatch(decision_id)
    if parts is None:
        raise InvalidInputError("write transaction_id:leg:attempt", field="decision_id", hint="tx-1:debit:1")
    return parts["transaction_id"], parts["leg"], int(parts["attempt"])
