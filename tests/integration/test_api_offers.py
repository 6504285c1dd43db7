"""Offers, recommendations and credit alerts over the API on a real PostgreSQL; Kafka is away, here a function takes its place."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest

from contracts.settings import Settings
from ml.governance.publication import publish
from serving.api.application import prepare_database
from serving.credit.publication import MOVED
from serving.platform.database import open_pool
from serving.platform.publication import Publication
from tests.integration.serving_platform import running_api
from tests.unit.ml.hand_card import APPLICANT, hand_card

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def settings(postgres: Settings) -> Settings:
    prepare_database(postgres)
    return postgres


@pytest.fixture
def client(settings: Settings) -> Iterator[httpx.Client]:
    publish(hand_card(), settings, "micro_loan")
    with running_api(settings, ready=False) as client:
        yield client


@pytest.fixture
def platform(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        yield connection


def application(customer: str | None = None, terms: dict[str, Any] | None = None, **features: float) -> dict[str, Any]:
    return {
        "application_id": f"app-{uuid.uuid4().hex[:10]}",
        "customer_id": customer or new_customer(),
        "features": {**APPLICANT, **features},
        **(terms or {}),
    }


def new_customer() -> str:
    return f"user-{uuid.uuid4().hex[:10]}"


def decide(client: httpx.Client, asked: dict[str, Any], language: str = "en") -> dict[str, Any]:
    answer = client.post("/v1/decisions/credit", json=asked, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_an_approved_application_is_offered_a_price_and_a_limit(client: httpx.Client) -> None:
    told = decide(client, application())
    offer = told["offer"]
    assert (told["outcome"], told["offer_refusal"]) == ("approve", None)
    assert (offer["principal"], offer["months"], offer["disclosed_rate_name"], offer["cap_pct"]) == (
        2500,
        24,
        "APR",
        35,
    )
    assert 10 < offer["nominal_rate_pct"] < offer["cap_pct"]
    assert told["limit"]["principal"] > offer["principal"]
    monthly = offer["nominal_rate_pct"] / 1200
    assert offer["instalment"] == pytest.approx(2500 * monthly / (1 - (1 + monthly) ** -24), abs=0.01)


@pytest.mark.parametrize(("jurisdiction", "name"), [("CA", "APR"), ("EU", "APRC"), ("MX", "CAT"), ("US", "APR")])
def test_a_jurisdiction_has_its_own_disclosure(client: httpx.Client, jurisdiction: str, name: str) -> None:
    offer = decide(client, application(terms={"jurisdiction": jurisdiction, "months": 12}))["offer"]
    assert (offer["disclosed_rate_name"], offer["months"]) == (name, 12)


def test_the_same_application_has_the_same_offer_whatever_the_model_is_by_then(
    client: httpx.Client, settings: Settings
) -> None:
    asked = application()
    first = decide(client, asked)
    publish(hand_card("micro_loan-later", better=60), settings, "micro_loan")
    assert decide(client, asked) == first
    assert decide(client, {**asked, "months": 24, "jurisdiction": "CA"}) == first
    now = client.get(f"/v1/recommendations/{asked['customer_id']}").json()
    assert now["model_version"] == "micro_loan-later"
    assert now["now"]["offer"]["nominal_rate_pct"] < first["offer"]["nominal_rate_pct"]


def test_many_at_once_are_told_one_decision_which_is_the_stored_one(
    client: httpx.Client, platform: psycopg.Connection[Any]
) -> None:
    asked = application()
    with ThreadPoolExecutor(8) as callers:
        told = list(callers.map(lambda _: decide(client, asked), range(8)))
    assert all(one == told[0] for one in told)
    found = "select count(*), min(decided_at) from credit_decisions where application_id = %s"
    row = platform.execute(found, [asked["application_id"]]).fetchone()
    assert row == (1, datetime.fromisoformat(told[0]["decided_at"]))


@pytest.mark.parametrize("terms", [{"months": 36}, {"jurisdiction": "US"}])
def test_an_application_asked_again_for_other_terms_is_a_conflict(client: httpx.Client, terms: dict[str, Any]) -> None:
    asked = application()
    decide(client, asked)
    assert client.post("/v1/decisions/credit", json={**asked, **terms}).status_code == 409


@pytest.mark.parametrize(
    ("terms", "field"),
    [({"months": 0}, "months"), ({"months": 61}, "months"), ({"jurisdiction": "BR"}, "jurisdiction")],
)
def test_terms_that_nobody_lends_at_are_refused_by_name(
    client: httpx.Client, terms: dict[str, Any], field: str
) -> None:
    answer = client.post("/v1/decisions/credit", json=application(terms=terms))
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    ("features", "code", "language", "words"),
    [
        (
            {"applied_bureau_score": 550, "applied_existing_debt": 3000, "principal": 9000},
            "rate_above_cap",
            "es",
            "supera la máxima permitida",
        ),
        ({"applied_existing_debt": 40_000}, "instalment_above_income", "fr", "revenu mensuel"),
    ],
)
def test_no_offer_is_said_in_a_code_and_in_the_language_asked_for(
    client: httpx.Client, features: dict[str, float], code: str, language: str, words: str
) -> None:
    asked = application()
    told = decide(client, {**asked, "features": {**asked["features"], **features}}, language)
    assert told["offer"] is None
    assert told["offer_refusal"]["code"] == code
    assert words in told["offer_refusal"]["text"]


def test_a_declined_application_has_reasons_and_no_refusal(client: httpx.Client) -> None:
    told = decide(client, application(applied_existing_debt=6000, principal=9000))
    assert (told["outcome"], told["offer"], told["offer_refusal"]) == ("decline", None, None)
    assert told["reasons"]
    assert told["limit"]["principal"] == 2880


def test_an_application_for_nothing_is_refused_by_its_field(client: httpx.Client) -> None:
    answer = client.post("/v1/decisions/credit", json=application(principal=0))
    assert (answer.status_code, answer.json()["field"]) == (422, "features.principal")


def test_who_was_decided_on_for_nothing_is_recommended_no_offers(
    client: httpx.Client, platform: psycopg.Connection[Any]
) -> None:
    """Such applications were decided once, and stay."""
    asked = application()
    decide(client, asked)
    platform.execute(
        "update credit_decisions set inputs = jsonb_set(inputs, '{principal}', '0') where application_id = %s",
        [asked["application_id"]],
    )
    answer = client.get(f"/v1/recommendations/{asked['customer_id']}")
    assert (answer.status_code, answer.json()["offers"]) == (200, [])


def test_a_decision_from_before_offers_keeps_having_none(
    client: httpx.Client, platform: psycopg.Connection[Any]
) -> None:
    asked = application()
    decide(client, asked)
    platform.execute(
        "update credit_decisions set term_months = null, jurisdiction = null, offer = null, credit_limit = null "
        "where application_id = %s",
        [asked["application_id"]],
    )
    told = decide(client, asked)
    assert (told["outcome"], told["offer"], told["limit"]) == ("approve", None, None)
    assert client.get(f"/v1/recommendations/{asked['customer_id']}").json()["now"]["offer"]["months"] == 24


def test_offers_are_told_in_the_order_of_what_they_cost(client: httpx.Client) -> None:
    asked = application()
    decide(client, asked)
    told = client.get(f"/v1/recommendations/{asked['customer_id']}").json()
    assert told["decision_id"] == asked["application_id"]
    assert sorted(offer["months"] for offer in told["offers"]) == [6, 12, 24, 36, 48, 60]
    burdens = [offer["total_cost"] / offer["principal"] + offer["instalment_to_income"] for offer in told["offers"]]
    assert burdens == sorted(burdens)
    assert burdens == pytest.approx([offer["burden"] for offer in told["offers"]], abs=2e-4)


def test_an_improvement_holds_when_it_is_applied_for(client: httpx.Client) -> None:
    asked = application(applied_existing_debt=6000, principal=9000)
    decide(client, asked)
    path = f"/v1/recommendations/{asked['customer_id']}"
    first, second = client.get(path, headers={"Accept-Language": "fr"}).json()["improvements"][:2]
    assert [first["code"], second["code"]] == ["borrow_half_and_repay_all_debt", "repay_all_debt"]
    assert first["text"] == "Remboursez d'abord les autres dettes et empruntez la moitié du montant."
    assert (first["before"]["outcome"], first["after"]["outcome"]) == ("decline", "approve")
    assert first["improves"] == ["outcome", "price", "limit"]
    applied = decide(client, application(applied_existing_debt=0, principal=4500))
    names = ("outcome", "points", "offer", "limit")
    assert {name: applied[name] for name in names} == {name: first["after"][name] for name in names}


def test_who_never_applied_has_no_recommendations(client: httpx.Client) -> None:
    assert client.get(f"/v1/recommendations/{new_customer()}").status_code == 404


def test_the_last_application_counts(client: httpx.Client) -> None:
    customer = new_customer()
    decide(client, application(customer, applied_bureau_score=550))
    last = decide(client, application(customer))
    told = client.get(f"/v1/recommendations/{customer}").json()
    assert (told["decision_id"], told["now"]["points"]) == (last["decision_id"], 620)


def test_reading_recommendations_is_audited(client: httpx.Client, platform: psycopg.Connection[Any]) -> None:
    customer = new_customer()
    client.get(f"/v1/recommendations/{customer}")
    deadline = time.monotonic() + 20
    found = "select action, status from audit where subject_id = %s"
    while (row := platform.execute(found, [customer]).fetchone()) is None:
        assert time.monotonic() < deadline, "the access is not in the audit"
        time.sleep(0.1)
    assert row == ("GET /v1/recommendations/{customer_id}", 404)


def test_a_move_of_credit_is_an_alert_and_told_to_kafka_once(
    client: httpx.Client, settings: Settings, platform: psycopg.Connection[Any]
) -> None:
    customer = new_customer()
    platform.execute("delete from credit_alerts")
    first = decide(client, application(customer))
    asked = application(customer, applied_bureau_score=550, principal=9000)
    second, _ = decide(client, asked), decide(client, asked)
    (alert,) = client.get(f"/v1/recommendations/{customer}", headers={"Accept-Language": "es"}).json()["alerts"]
    assert (alert["decision_id"], alert["previous_decision_id"]) == (second["decision_id"], first["decision_id"])
    assert [move["code"] for move in alert["movements"]] == ["score_fell", "bureau_score_fell"]
    assert alert["movements"][0]["text"] == "La puntuación crediticia bajó desde la última solicitud."
    assert (alert["score_before"], alert["score_after"]) == (620, 590)
    (event,) = told_to_kafka(settings)
    assert (event["id"], event["type"]) == (f"assessment:{second['decision_id']}", "risk.assessment.completed.v1")
    assert event["data"]["customer_id"] == customer


def told_to_kafka(settings: Settings) -> list[dict[str, Any]]:
    """What two rounds of publishing tell."""
    events: list[dict[str, Any]] = []

    async def take(_topic: str, _key: str, event: dict[str, Any]) -> None:
        events.append(event)

    async def tell() -> list[int]:
        async with open_pool(settings) as pool:
            publication = Publication(pool, take, MOVED)
            return [await publication.publish_waiting(), await publication.publish_waiting()]

    assert asyncio.run(tell()) == [1, 0]
    return events


def test_another_amount_alone_is_no_alert(client: httpx.Client) -> None:
    customer = new_customer()
    for principal in (2500, 9000):
        decide(client, application(customer, principal=principal))
    assert client.get(f"/v1/recommendations/{customer}").json()["alerts"] == []
