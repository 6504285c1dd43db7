from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import orjson
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.errors import ConfigurationError, InvalidInputError, NotFoundError, TransientError
from contracts.events import validate_event
from contracts.settings import Settings
from serving.api.application import create_application
from serving.credit.publication import assessment_event, credit_event
from serving.credit.request import read_application
from serving.platform.auth import key_digest
from serving.platform.pages import Cursor, read_cursor
from serving.platform.problems import ConflictError, ForbiddenError, UnauthorisedError, _known

AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
FEATURES = {
    "applied_income": 3200,
    "applied_employment_months": 30,
    "applied_existing_debt": 1500,
    "applied_remittances_90d": 3,
    "principal": 2500,
}


@given(st.datetimes(timezones=st.just(UTC)), st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_a_cursor_comes_back_as_it_was_given(moment: datetime, name: str) -> None:
    assert read_cursor(Cursor(moment, name).text()) == Cursor(moment, name)


@given(st.text(max_size=60))
def test_any_other_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(text)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (InvalidInputError("bad", field="amount"), 422, "invalid_input"),
        (NotFoundError("none"), 404, "not_found"),
        (TransientError("away"), 503, "transient"),
        (ConflictError("other"), 409, "conflict"),
        (UnauthorisedError("who"), 401, "unauthorised"),
        (ForbiddenError("no"), 403, "forbidden"),
        (ConfigurationError("broken"), 500, "configuration"),
    ],
)
def test_each_error_has_its_status_and_its_name(error: Exception, status: int, kind: str) -> None:
    answer = asyncio.run(_known(Request({"type": "http"}), error))
    body = orjson.loads(answer.body)
    assert (answer.status_code, body["status"], body["type"]) == (status, status, kind)
    assert body["title"] == HTTPStatus(status).phrase
    assert answer.media_type == "application/problem+json"


def test_keys_are_kept_as_hashes() -> None:
    assert key_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"principal": -1}, "principal"),
        ({"applied_income": float("nan")}, "applied_income"),
        ({"applied_income": float("inf")}, "applied_income"),
        ({"applied_employment_months": 1.5}, "applied_employment_months"),
        ({"applied_income": None}, "applied_income"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_application_that_breaks_the_contract_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_application({"application_id": "a", "customer_id": "c", "features": {**FEATURES, **changes}})
    assert refused.value.errors()[0]["loc"] == ("features", field)


def test_only_the_bureau_score_may_be_missing() -> None:
    request = read_application({"application_id": "a", "customer_id": "c", "features": FEATURES})
    assert request.inputs["applied_bureau_score"] is None


def test_a_stored_credit_decision_always_gives_the_same_valid_event() -> None:
    row = {
        "application_id": "app-1",
        "customer_id": "c",
        "product": "micro_loan",
        "outcome": "review",
        "probability_of_default": 0.2,
        "points": 530,
        "model_version": "m",
        "decided_at": AT + timedelta(microseconds=5),
    }
    event = credit_event(row)
    validate_event(event)
    assert (event["id"], event["data"]["decided_at"]) == ("credit:app-1", "2026-11-22T14:00:00.000005Z")
    assert credit_event(row) == event


def test_a_stored_alert_always_gives_the_same_valid_event() -> None:
    row = {
        "application_id": "app-2",
        "previous_application_id": "app-1",
        "customer_id": "c",
        "product": "micro_loan",
        "movements": ["bureau_score_fell"],
        "score_before": 620,
        "score_after": 620,
        "bureau_score_before": 655,
        "bureau_score_after": 601,
        "raised_at": AT,
    }
    event = assessment_event(row)
    validate_event(event)
    assert (event["id"], event["subject"], event["data"]["previous_decision_id"]) == (
        "assessment:app-2",
        "app-2",
        "app-1",
    )
    assert assessment_event(row) == event
    validate_event({**event, "data": {name: value for name, value in event["data"].items() if name != "product"}})


@pytest.mark.parametrize("terms", [{"months": 0}, {"months": 61}, {"jurisdiction": "BR"}])
def test_an_application_for_terms_that_nobody_lends_at_is_refused(terms: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        read_application({"application_id": "a", "customer_id": "c", "features": FEATURES, **terms})
    assert refused.value.errors()[0]["loc"] == tuple(terms)


def test_the_api_describes_itself_well_enough_to_integrate_from() -> None:
    described = create_application(Settings()).openapi()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            if path.startswith("/v1"):
                assert {"401", "403"} <= operation["responses"].keys(), where
                assert "application/problem+json" in operation["responses"]["401"]["content"], where
                assert operation["security"], where
    body = described["paths"]["/v1/decisions/transactions"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"]["currency"] == "CAD"
    assert "amount_minor" in body["schema"]["properties"]
    credit = described["components"]["schemas"]["MicroLoanRequest"]
    assert {"months", "jurisdiction"}.isdisjoint(credit["required"])
    assert described["components"]["schemas"]["CreditOffer"]["properties"]["disclosed_rate_name"]["examples"] == ["APR"]
    assert described["components"]["schemas"]["Decision"]["properties"]["outcome"]
