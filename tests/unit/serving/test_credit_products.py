"""Every credit product is decided by one endpoint: what each asks for is told by its declaration, and its answer by its words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts.credit.offers import lent_in, load_offers
from contracts.events import Json, event_schema, validate_event
from contracts.models.credit import CREDIT_MODELS, CreditModelName, credit_model
from contracts.settings import Settings
from ml.champions import Champion
from serving.api.application import create_application
from serving.credit.answers import decision_told
from serving.credit.publication import credit_event
from serving.credit.request import EXAMPLES, REQUESTS, read_application
from serving.credit.scoring import score_application
from tests.unit.ml.hand_business_card import BUSINESS, hand_business_card
from tests.unit.ml.hand_card import APPLICANT, hand_card

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
every_product = pytest.mark.parametrize("product", CREDIT_MODELS)


def asked(**changes: object) -> Json:
    """An application of a business."""
    terms = {"product": "sme_loan", "months": 12, "jurisdiction": "US", "features": dict(BUSINESS)}
    return {"application_id": "app-1", "customer_id": "business-1", **terms, **changes}


def refused(body: object) -> dict[str, Any]:
    with pytest.raises(ValidationError) as error:
        read_application(body)
    return dict(error.value.errors()[0])


def scored(body: Json, content: bytes) -> Json:
    return score_application(read_application(body), Champion(content), NOW)


@pytest.fixture(scope="module")
def described() -> Json:
    return create_application(Settings()).openapi()


@every_product
def test_the_example_of_a_product_is_an_application_that_tells_what_its_card_reads(product: CreditModelName) -> None:
    request = read_application(EXAMPLES[product]["value"])
    assert request.product == product
    assert set(request.inputs) == set(credit_model(product).columns)
    assert None not in request.inputs.values()


def test_every_example_can_be_decided_beside_the_others() -> None:
    """One `application_id` for all would make the second that somebody tries a conflict."""
    named = [example["value"]["application_id"] for example in EXAMPLES.values()]
    assert len(set(named)) == len(CREDIT_MODELS)


@every_product
def test_openapi_names_the_jurisdictions_of_a_product(described: Json, product: CreditModelName) -> None:
    request = described["components"]["schemas"][REQUESTS[product].__name__]
    assert request["properties"]["jurisdiction"]["enum"] == list(lent_in(product, load_offers().products[product]))


def test_openapi_says_which_amounts_are_in_minor_units(described: Json) -> None:
    assert "Amounts of credit are numbers in the currency's own unit" in described["info"]["description"]
    assert described["components"]["schemas"]["CreditOffer"]["properties"]["principal"]["type"] == "number"


@every_product
def test_openapi_holds_what_a_product_is_applied_for_with(described: Json, product: CreditModelName) -> None:
    body = described["paths"]["/v1/decisions/credit"]["post"]["requestBody"]["content"]["application/json"]
    checked = Draft202012Validator({**body["schema"], "components": described["components"]})
    assert not list(checked.iter_errors(body["examples"][product]["value"]))
    schema = described["components"]["schemas"][body["schema"]["discriminator"]["mapping"][product].rsplit("/", 1)[1]]
    features = described["components"]["schemas"][schema["properties"]["features"]["$ref"].rsplit("/", 1)[1]]
    assert set(features["properties"]) == set(load_offers().products[product].example.features)
    assert all(field["description"] and field["examples"] for field in features["properties"].values())


def test_openapi_names_every_product_in_the_answer(described: Json) -> None:
    answer = described["components"]["schemas"]["CreditDecision"]["properties"]
    assert answer["product"]["enum"] == list(CREDIT_MODELS)
    window = answer["probability_of_default"]["description"]
    assert "180 days for micro_loan, 365 days for sme_loan" in window


def test_an_application_that_names_no_product_is_for_a_micro_loan_on_its_terms() -> None:
    request = read_application({"application_id": "app-1", "customer_id": "user-1", "features": APPLICANT})
    assert (request.product, request.months, request.jurisdiction) == ("micro_loan", 24, "CA")
    assert request.inputs == APPLICANT


@pytest.mark.parametrize("left_out", ["months", "jurisdiction", "features", "customer_id"])
def test_a_business_says_all_of_its_terms(left_out: str) -> None:
    body = {name: value for name, value in asked().items() if name != left_out}
    assert refused(body)["loc"] == (left_out,)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"applied_income": 3200.0}, "applied_income"),
        ({"term_months": 12}, "term_months"),
        ({"applied_inflow_change_pct": -100.5}, "applied_inflow_change_pct"),
        ({"applied_monthly_inflow": -1.0}, "applied_monthly_inflow"),
        ({"applied_average_balance": None}, "applied_average_balance"),
    ],
)
def test_a_business_that_tells_what_its_card_does_not_read_is_refused_by_field(
    changes: dict[str, object], field: str
) -> None:
    assert refused(asked(features={**BUSINESS, **changes}))["loc"] == ("features", field)


def test_an_inflow_may_fall_and_an_account_may_be_overdrawn() -> None:
    told = {"applied_inflow_change_pct": -100.0, "applied_average_balance": -12.5}
    assert read_application(asked(features={**BUSINESS, **told})).inputs == {**BUSINESS, **told, "term_months": 12}


@pytest.mark.parametrize(
    ("product", "column", "most"),
    [
        ("micro_loan", "applied_bureau_score", 2**15 - 1),
        ("micro_loan", "applied_employment_months", 2**31 - 1),
        ("consumer_loan", "reported_score", 2**15 - 1),
        ("consumer_loan", "applied_informal", 1),
    ],
)
def test_a_whole_number_that_its_column_cannot_hold_is_refused(product: str, column: str, most: int) -> None:
    """An alert stores both bureau scores: a larger one would fail there, after the application was decided."""
    example = EXAMPLES[product]["value"]
    told = {**example, "features": {**example["features"], column: most}}
    assert read_application(told).inputs[column] == most
    assert refused({**told, "features": {**told["features"], column: most + 1}})["loc"] == ("features", column)


@every_product
@pytest.mark.parametrize("amount", [0, 0.0, -0.0, -1.0])
def test_a_loan_of_nothing_is_refused_by_its_field(product: CreditModelName, amount: float) -> None:
    example, column = EXAMPLES[product]["value"], load_offers().products[product].columns.principal
    told = {**example, "features": {**example["features"], column: amount}}
    error = refused(told)
    assert (error["loc"], error["type"]) == (("features", column), "greater_than")
    told["features"][column] = 0.01
    assert read_application(told).inputs[column] == 0.01


@every_product
def test_openapi_says_that_an_amount_is_above_zero_and_other_columns_may_be_zero(
    described: Json, product: CreditModelName
) -> None:
    schemas, columns = described["components"]["schemas"], load_offers().products[product].columns
    features = schemas[schemas[REQUESTS[product].__name__]["properties"]["features"]["$ref"].rsplit("/", 1)[1]]
    assert features["properties"][columns.principal]["exclusiveMinimum"] == 0
    assert features["properties"][columns.income]["minimum"] == 0


@pytest.mark.parametrize(("product", "longest"), [("micro_loan", 60), ("sme_loan", 18), ("consumer_loan", 12)])
def test_nobody_is_decided_on_for_a_longer_term_than_the_product_is_lent_for(product: str, longest: int) -> None:
    """A card that reads the term has learnt from no longer one: spread thin, any amount would look small to it."""
    body = {**EXAMPLES[product]["value"], "months": longest}
    assert read_application(body).months == longest
    assert refused({**body, "months": longest + 1})["loc"] == ("months",)


@pytest.mark.parametrize("product", ["mortgage", "", None, 7, ["sme_loan"]])
def test_an_unknown_product_is_refused_with_the_known_ones(product: object) -> None:
    error = refused(asked(product=product))
    assert error["loc"] == ("product",)
    assert all(f"'{name}'" in error["msg"] for name in CREDIT_MODELS)


@pytest.mark.parametrize("body", [None, [], "app-1", 7])
def test_what_is_no_object_is_refused(body: object) -> None:
    assert refused(body)["loc"] == ()


@every_product
@pytest.mark.parametrize("jurisdiction", ["CA", "EU", "MX", "US", "BR"])
def test_a_product_is_decided_where_it_is_lent(product: CreditModelName, jurisdiction: str) -> None:
    body = {**EXAMPLES[product]["value"], "jurisdiction": jurisdiction}
    there = lent_in(product, load_offers().products[product])
    if jurisdiction in there:
        assert read_application(body).jurisdiction == jurisdiction
    else:
        assert refused(body)["loc"] == ("jurisdiction",)
        assert ", ".join(there) in refused(body)["msg"]


def test_a_business_is_told_its_decision_with_price_and_limit() -> None:
    stored = scored(asked(), hand_business_card())
    assert stored["inputs"] == {**BUSINESS, "term_months": 12}
    told = decision_told(stored, "en")
    assert (told.product, told.outcome, told.points, told.reasons) == ("sme_loan", "approve", 620, [])
    assert told.offer is not None
    assert (told.offer.principal, told.offer.months, told.offer.disclosed_rate_name) == (18_000, 12, "APR")
    assert told.limit is not None
    assert told.limit.principal > 18_000


def test_a_business_is_told_why_not_in_its_language() -> None:
    body = asked(months=4, features={**BUSINESS, "applied_late_receivables_pct": 60.0})
    stored = scored(body, hand_business_card())
    told = decision_told(stored, "fr")
    assert (told.outcome, told.offer, told.offer_refusal) == ("decline", None, None)
    assert [(reason.code, reason.points_lost) for reason in told.reasons] == [
        ("instalment_high_for_inflow", 80),
        ("receivables_late", 60),
    ]
    assert told.reasons[1].text == "Trop de factures de l'entreprise sont réglées en retard."


def test_a_business_whose_inflow_does_not_bear_the_instalment_is_told_so() -> None:
    stored = scored(asked(months=6, features={**BUSINESS, "requested_amount": 19_000.0}), hand_business_card())
    told = decision_told(stored, "es")
    assert (told.outcome, told.offer) == ("approve", None)
    assert told.offer_refusal is not None
    assert told.offer_refusal.code == "instalment_above_inflow"
    assert "ingresos en cuenta" in told.offer_refusal.text


@pytest.mark.parametrize("event_type", ["credit.scored.v1", "risk.assessment.completed.v1"])
def test_the_events_know_every_product(event_type: str) -> None:
    assert event_schema(event_type).schema["properties"]["product"]["enum"] == list(CREDIT_MODELS)


def test_a_decision_on_a_business_is_told_as_an_event() -> None:
    event = credit_event(scored(asked(), hand_business_card()))
    validate_event(event)
    assert event["data"]["product"] == "sme_loan"


def test_a_micro_loan_is_answered_as_before_there_were_other_products() -> None:
    features = {**APPLICANT, "applied_existing_debt": 3000, "principal": 9000}
    body = {"application_id": "app-1", "customer_id": "user-1", "features": features}
    told = decision_told(scored(body, hand_card()), "en").model_dump(mode="json")
    assert list(told) == [
        *("decision_id", "customer_id", "product", "outcome", "probability_of_default", "points", "reasons"),
        *("offer", "offer_refusal", "limit", "model_version", "decided_at"),
    ]
    assert [reason["feature"] for reason in told.pop("reasons")] == [
        *("principal_to_income", "applied_bureau_score", "debt_to_income"),
    ]
    priced = {"months": 24, "disclosed_rate_name": "APR", "cap_pct": 35.0}
    assert told == {
        "decision_id": "app-1",
        "customer_id": "user-1",
        "product": "micro_loan",
        "outcome": "review",
        "probability_of_default": pytest.approx(0.101638, abs=1e-6),
        "points": 550,
        "offer": {
            **priced,
            "principal": 9000.0,
            "nominal_rate_pct": 25.5378,
            "instalment": 482.78,
            "disclosed_rate_pct": 25.5378,
        },
        "offer_refusal": None,
        "limit": {
            **priced,
            "principal": 6240.0,
            "nominal_rate_pct": 16.2773,
            "instalment": 306.36,
            "disclosed_rate_pct": 16.2773,
        },
        "model_version": "micro_loan-by-hand",
        "decided_at": "2026-11-02T12:00:00Z",
    }
