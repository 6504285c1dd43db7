"""What a caller's text may hold, and that no text ends the audit: on a real PostgreSQL, without Kafka or Valkey."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from contracts.settings import Settings
from serving.api.application import prepare_database
from serving.decisions.request import EXAMPLE
from serving.platform.audit import Access, Audit
from serving.platform.database import open_pool
from tests.integration.serving_platform import running_api

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

AT = datetime(2026, 11, 22, 14, tzinfo=UTC)
FEATURES = {
    "applied_income": 3200,
    "applied_employment_months": 30,
    "applied_existing_debt": 1500,
    "applied_remittances_90d": 3,
    "principal": 2500,
}


@pytest.fixture(scope="module")
def settings(postgres: Settings) -> Settings:
    prepare_database(postgres)
    return postgres


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running_api(settings, ready=False) as client:
        yield client


def access(subject: str | None, status: int = 200) -> Access:
    return Access("demo", "GET /v1/alerts", subject, status, AT)


def audited(settings: Settings, *batches: list[Access]) -> list[Any]:
    """The subjects in the audit after these batches were flushed one by one."""

    async def write() -> None:
        async with open_pool(settings) as pool:
            audit = Audit(pool)
            for batch in batches:
                for item in batch:
                    audit.note(item)
                await audit.flush()

    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        connection.execute("truncate audit")
        asyncio.run(write())
        return [row[0] for row in connection.execute("select subject_id from audit order by audit_id")]


def test_a_subject_that_postgresql_cannot_keep_is_escaped(settings: Settings) -> None:
    subjects = audited(settings, [access("first"), access("a\0b"), access("a\ud800b"), access(None)])
    assert subjects == ["first", "a\\u0000b", "a\\ud800b", None]


def test_an_access_that_does_not_fit_costs_no_other_its_place(settings: Settings) -> None:
    too_high = access("misfit", status=2**40)
    assert audited(settings, [access("first"), too_high, access("second")], [access("later")]) == [
        "first",
        "second",
        "later",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/alerts?party_id=a%00b",
        "/v1/alerts?typology=a%0Ab",
        "/v1/alerts?account_id=" + "a" * 300,
        "/v1/reports?regulator=%00",
        "/v1/reports/a%00b",
        "/v1/reports/a%00b/file",
        "/v1/decisions/a%00b:debit:1",
        "/v1/alerts?cursor=" + base64.urlsafe_b64encode(json.dumps([AT.isoformat(), "a\0"]).encode()).decode(),
    ],
)
def test_a_control_character_in_path_or_query_is_the_callers_error(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"]


@pytest.mark.parametrize("attempt", ["0", "01", "100", "150", "-1", "1.0", "\u0661", "9" * 5000])
def test_an_attempt_that_cannot_be_is_no_other_attempts_decision(client: httpx.Client, attempt: str) -> None:
    answer = client.get(f"/v1/decisions/tx:debit:{attempt}")
    assert (answer.status_code, answer.json()["field"]) == (422, "decision_id")


def test_a_control_character_in_a_body_is_named_by_its_field(client: httpx.Client) -> None:
    for name in ("transaction_id", "counterparty_id", "jurisdiction", "currency"):
        answer = client.post("/v1/decisions/transactions", json={**EXAMPLE, name: f"{EXAMPLE[name]}\n"})
        assert (answer.status_code, answer.json()["field"]) == (422, name)
    application = {"application_id": "a", "customer_id": "c\0", "features": FEATURES}
    assert client.post("/v1/decisions/credit", json=application).json()["field"] == "customer_id"


def test_the_audit_lives_on_after_such_requests(client: httpx.Client, settings: Settings) -> None:
    client.get("/v1/alerts?party_id=a%00b")
    client.get("/v1/alerts?party_id=after-them")
    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        deadline = time.monotonic() + 20
        while connection.execute("select 1 from audit where subject_id = 'after-them'").fetchone() is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
