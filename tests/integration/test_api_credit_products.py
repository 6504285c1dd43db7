"""Loans to businesses decided over the API on a real PostgreSQL; Kafka is away, here a function takes its place."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from contracts.models.files import champion_file
from contracts.settings import Settings
from ml.governance.publication import publish
from serving.api.application import prepare_database
from serving.credit.publication import MOVED, SCORED
from serving.platform.database import open_pool
from serving.platform.publication import Publication, Queue
from tests.integration.serving_platform import running_api
from tests.unit.ml.hand_business_card import BUSINESS, hand_business_card
from tests.unit.ml.hand_card import APPLICANT, hand_card

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def settings(postgres: Settings) -> Iterator[Settings]:
    prepare_database(postgres)
    publish(hand_card(), postgres, "micro_loan")
    yield postgres
    withdraw(postgres)


@pytest.fixture
def served(settings: Settings) -> Iterator[httpx.Client]:
    publish(hand_business_card(), settings, "sme_loan")
    with running_api(settings, ready=False) as client:
        yield client


@pytest.fixture
def unserved(settings: Settings) -> Iterator[httpx.Client]:
    withdraw(settings)
    with running_api(settings, ready=False) as client:
        yield client


def withdraw(settings: Settings) -> None:
    shutil.rmtree(champion_file(settings, "sme_loan").parent, ignore_errors=True)


@pytest.fixture
def platform(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        yield connection


def application(**changes: object) -> dict[str, Any]:
    terms = {"product": "sme_loan", "months": 12, "jurisdiction": "US", "features": dict(BUSINESS)}
    names = {"application_id": f"app-{uuid.uuid4().hex[:10]}", "customer_id": f"business-{uuid.uuid4().hex[:10]}"}
    return {**names, **terms, **changes}


def decide(client: httpx.Client, asked: dict[str, Any], language: str = "en") -> dict[str, Any]:
    answer = client.post("/v1/decisions/credit", json=asked, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def told_to_kafka(settings: Settings, queue: Queue) -> list[dict[str, Any]]:
    """What waits to be published."""
    events: list[dict[str, Any]] = []

    async def take(_topic: str, _key: str, event: dict[str, Any]) -> None:
        events.append(event)

    async def tell() -> None:
        async with open_pool(settings) as pool:
            publication = Publication(pool, take, queue)
            while await publication.publish_waiting():
                pass

    asyncio.run(tell())
    return events


def test_before_there_is_a_card_businesses_are_told_to_come_again_and_people_are_decided_on(
    unserved: httpx.Client, settings: Settings, platform: psycopg.Connection[Any]
) -> None:
    asked = application()
    answer = unserved.post("/v1/decisions/credit", json=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["detail"] == "No champion of sme_loan has been published yet."
    assert "model list sme_loan" in answer.json()["hint"]
    found = "select count(*) from credit_decisions where application_id = %s"
    assert platform.execute(found, [asked["application_id"]]).fetchone() == (0,)
    person = {"application_id": f"app-{uuid.uuid4().hex[:10]}", "customer_id": "user-1", "features": APPLICANT}
    assert decide(unserved, person)["product"] == "micro_loan"
    publish(hand_business_card(), settings, "sme_loan")
    assert decide(unserved, asked)["product"] == "sme_loan"


def test_a_business_is_decided_once_with_price_and_limit(
    served: httpx.Client, platform: psycopg.Connection[Any]
) -> None:
    asked = application()
    told = decide(served, asked)
    assert (told["product"], told["outcome"], told["points"]) == ("sme_loan", "approve", 620)
    assert (told["offer"]["principal"], told["offer"]["disclosed_rate_name"]) == (18_000, "APR")
    assert told["limit"]["principal"] > 18_000
    assert decide(served, asked) == told
    stored = "select product, inputs from credit_decisions where application_id = %s"
    assert platform.execute(stored, [asked["application_id"]]).fetchone() == (
        "sme_loan",
        {**BUSINESS, "term_months": 12},
    )


@pytest.mark.parametrize(
    "changes",
    [{"months": 18}, {"jurisdiction": "EU"}, {"features": {**BUSINESS, "requested_amount": 1000.0}}],
)
def test_a_business_that_asks_again_for_something_else_is_a_conflict(
    served: httpx.Client, changes: dict[str, object]
) -> None:
    asked = application()
    decide(served, asked)
    assert served.post("/v1/decisions/credit", json={**asked, **changes}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"jurisdiction": "CA"}, "jurisdiction"),
        ({"months": None}, "months"),
        ({"product": "mortgage"}, "product"),
        ({"features": {**BUSINESS, "applied_income": 3200.0}}, "features.applied_income"),
    ],
)
def test_what_a_business_cannot_ask_is_refused_by_name(
    served: httpx.Client, changes: dict[str, object], field: str
) -> None:
    answer = served.post("/v1/decisions/credit", json=application(**changes))
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_business_is_declined_with_reasons_in_its_language(served: httpx.Client) -> None:
    told = decide(served, application(months=4, features={**BUSINESS, "applied_late_receivables_pct": 60.0}), "es")
    assert (told["outcome"], told["offer"]) == ("decline", None)
    assert "Demasiadas facturas de la empresa se cobran con retraso." in [one["text"] for one in told["reasons"]]


def test_recommendations_say_that_they_are_not_for_businesses(served: httpx.Client) -> None:
    asked = application()
    decide(served, asked)
    answer = served.get(f"/v1/recommendations/{asked['customer_id']}")
    assert answer.status_code == 404
    assert "applied for micro_loan or consumer_loan" in answer.json()["hint"]


def test_kafka_is_told_of_the_decision_and_of_the_move_with_their_product(
    served: httpx.Client, settings: Settings
) -> None:
    for queue in (SCORED, MOVED):
        told_to_kafka(settings, queue)
    first = application()
    worse = {**BUSINESS, "applied_late_receivables_pct": 60.0}
    second = application(customer_id=first["customer_id"], features=worse)
    for asked in (first, second):
        decide(served, asked)
    scored, moved = (told_to_kafka(settings, queue) for queue in (SCORED, MOVED))
    assert [(event["id"], event["data"]["product"]) for event in scored] == [
        (f"credit:{asked['application_id']}", "sme_loan") for asked in (first, second)
    ]
    assert [(event["id"], event["data"]["product"]) for event in moved] == [
        (f"assessment:{second['application_id']}", "sme_loan")
    ]
    assert moved[0]["data"]["bureau_score_after"] is None
