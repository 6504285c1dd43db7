"""What a second question about one movement may change, on a real PostgreSQL; without Kafka each decision is a fallback."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from contracts.money import Rate
from contracts.settings import Settings
from serving.decisions import request
from serving.decisions.request import EXAMPLE
from tests.integration.serving_platform import running_api

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def client(postgres: Settings) -> Iterator[httpx.Client]:
    with running_api(postgres, ready=False) as client:
        yield client


def body(**changes: object) -> dict[str, Any]:
    """A question without an instant, as most apps ask; a change to `...` leaves the field out."""
    asked = {**EXAMPLE, "transaction_id": f"tx-{uuid.uuid4().hex[:12]}", "occurred_at": ..., **changes}
    return {name: value for name, value in asked.items() if value is not ...}


def ask(client: httpx.Client, asked: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/decisions/transactions", json=asked)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_id", "acc-other"),
        ("kind", "remittance"),
        ("amount_minor", 125001),
        ("currency", "USD"),
        ("counterparty_id", "acc-thief"),
        ("counterparty_id", None),
        ("beneficiary_id", "thief"),
    ],
)
def test_another_movement_never_gets_the_decision_of_the_first(client: httpx.Client, field: str, value: object) -> None:
    asked = body()
    assert ask(client, asked).status_code == 200
    answer = ask(client, {**asked, field: value})
    assert answer.status_code == 409, answer.text
    assert field in answer.json()["detail"]
    assert ask(client, {**asked, field: value, "attempt": 2}).status_code == 200


def test_the_same_question_gets_the_same_answer_after_a_change_of_rate(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = body()
    first = ask(client, asked)
    monkeypatch.setattr(
        request, "rate_on", lambda currency, day: Rate(f"{currency}USD:{day}", "CAD", date.min, Decimal(2))
    )
    second = ask(client, asked)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()


def test_of_two_questions_at_once_with_other_content_one_is_a_conflict(client: httpx.Client) -> None:
    for _ in range(5):
        asked = body()
        both = [{**asked, "counterparty_id": party} for party in ("acc-1", "acc-2")]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(partial(ask, client), both))
        assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_a_movement_committed_unasked_is_compared_by_what_its_decision_tells(
    client: httpx.Client, postgres: Settings
) -> None:
    asked = body()
    ask(client, asked)
    live = {**asked, "transaction_id": f"{asked['transaction_id']}-live"}
    with psycopg.connect(postgres.database_url("platform")) as connection:
        rows = connection.execute("select document from decisions where transaction_id = %s", [asked["transaction_id"]])
        (document,) = rows.fetchone() or ({},)
        told = {**document, "transaction_id": live["transaction_id"], "origin": "live"}
        connection.execute("select * from record_decisions(%s)", [json.dumps([told])])
    assert ask(client, live).json()["origin"] == "live"
    assert ask(client, {**live, "amount_minor": 125100}).status_code == 409
    assert ask(client, {**live, "account_id": "acc-other"}).status_code == 409
