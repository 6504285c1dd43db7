"""Who may do what, and what is read: keys and scopes, credit, alerts, reports, readiness, on real engines."""

from __future__ import annotations

import hashlib
import json
import math
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from contracts.models import micro_loan_model
from contracts.settings import Settings
from contracts.topics import load_topics
from ml.credit.graph import scorecard_graph
from ml.credit.scorecard import Bin, Scorecard, ScoredFeature
from ml.governance.publication import publish
from serving.api.application import create_application
from serving.decisions.request import EXAMPLE
from serving.platform.auth import ALL_SCOPES, Scope, ensure_client
from tests.integration.serving_platform import running_api, running_stack

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

APPLICATION = {
    "applied_income": 3200,
    "applied_employment_months": 30,
    "applied_existing_debt": 1500,
    "applied_bureau_score": 655,
    "applied_remittances_90d": 3,
    "principal": 2500,
}
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with running_stack("postgres", "kafka", "valkey") as settings:
        yield settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running_api(settings, 2000) as client:
        yield client


@pytest.fixture
def platform(settings: Settings, client: httpx.Client) -> Iterator[psycopg.Connection[Any]]:
    assert client.get("/health").is_success
    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        yield connection


def operations() -> list[tuple[str, str, Scope]]:
    """Every endpoint below /v1 with the scope that it needs."""
    scopes: dict[str, Scope] = {
        "post /v1/decisions/transactions": "decisions:write",
        "get /v1/decisions/{decision_id}": "decisions:read",
        "post /v1/decisions/credit": "credit:write",
        "get /v1/recommendations/{customer_id}": "credit:read",
        "get /v1/alerts": "alerts:read",
        "get /v1/reports": "reports:read",
        "get /v1/reports/{report_id}": "reports:read",
        "get /v1/reports/{report_id}/file": "reports:read",
    }
    paths = create_application(Settings()).openapi()["paths"]
    declared = {f"{method} {path}" for path, methods in paths.items() for method in methods if path.startswith("/v1")}
    assert declared == set(scopes), "an endpoint has no cell in the matrix"
    return [(*name.split(" ", 1), scope) for name, scope in scopes.items()]  # type: ignore[misc]


@pytest.mark.parametrize("granted", ALL_SCOPES)
@pytest.mark.parametrize(("method", "path", "needed"), operations())
def test_a_key_opens_what_its_scope_names_and_nothing_else(
    client: httpx.Client,
    platform: psycopg.Connection[Any],
    method: str,
    path: str,
    needed: Scope,
    granted: Scope,
) -> None:
    key = f"key-{granted}"
    ensure_client(platform, f"only-{granted}", key, [granted])
    await_known(client, key)
    place = path.replace("{", "").replace("}", "")
    answer = client.request(method, place, json={}, headers={"X-API-Key": key})
    assert answer.status_code != 401
    assert (answer.status_code == 403) == (granted != needed), answer.text


def await_known(client: httpx.Client, key: str) -> None:
    """The directory of keys may be some seconds old."""
    deadline = time.monotonic() + 20
    while client.get("/v1/alerts", headers={"X-API-Key": key}).status_code == 401:
        assert time.monotonic() < deadline, "a key that was given is not known"
        time.sleep(0.2)


@pytest.mark.parametrize("key", [None, "", "wrong"])
def test_without_a_known_key_nothing_is_told(client: httpx.Client, key: str | None) -> None:
    headers = {} if key is None else {"X-API-Key": key}
    with httpx.Client(base_url=client.base_url, headers=headers) as stranger:
        for method, path, _ in operations():
            answer = stranger.request(method, path, json=EXAMPLE)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert "wrong" not in answer.text


def test_a_key_is_not_in_the_database(settings: Settings, platform: psycopg.Connection[Any]) -> None:
    key = settings.secret("api_key_demo").get_secret_value()
    rows = platform.execute("select * from api_clients").fetchall()
    assert rows
    assert key not in str(rows)


@pytest.fixture(scope="module")
def scorecard(settings: Settings) -> str:
    """A published card of two features, made by hand: no training is needed to serve one."""
    declared = micro_loan_model()
    income = ScoredFeature("applied_income", (Bin(-math.inf, 2000, 200, 0.3), Bin(2000, math.inf, 300, 0.05)), 240)
    bureau = ScoredFeature("applied_bureau_score", (Bin(-math.inf, 600, 220, 0.3), Bin(600, math.inf, 320, 0.05)), 250)
    card = Scorecard((income, bureau), declared.scale)
    metadata = {
        "model_version": "micro_loan-hand",
        "features": json.dumps(list(declared.columns)),
        "points_order": json.dumps([feature.name for feature in card.features]),
        "best_points": json.dumps({feature.name: feature.best_points for feature in card.features}),
        "approve_below": "0.05",
        "decline_from": "0.3",
    }
    publish(scorecard_graph(card, declared, metadata).SerializeToString(), settings, "micro_loan")
    return metadata["model_version"]


def application(**features: float | None) -> dict[str, Any]:
    return {
        "application_id": f"app-{uuid.uuid4().hex[:10]}",
        "customer_id": "user-1",
        "features": {**APPLICATION, **features},
    }


def test_an_application_is_decided_once_and_told_to_kafka(
    client: httpx.Client, settings: Settings, platform: psycopg.Connection[Any], scorecard: str
) -> None:
    asked = application()
    first, second = (client.post("/v1/decisions/credit", json=asked) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.json() == second.json()
    told = first.json()
    assert (told["outcome"], told["points"], told["reasons"], told["model_version"]) == ("approve", 620, [], scorecard)
    assert told["probability_of_default"] == pytest.approx(1 / 101, abs=1e-9)
    stored = platform.execute("select count(*) from credit_decisions where application_id = %s", [told["decision_id"]])
    assert stored.fetchone() == (1,)
    event = published(settings, f"credit:{told['decision_id']}")
    assert (event["type"], event["data"]["points"]) == ("credit.scored.v1", 620)


def published(settings: Settings, event_id: str) -> dict[str, Any]:
    """The event of an id on analytics.events."""
    (topic,) = [topic for topic in load_topics() if topic.name == "analytics.events"]
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "test"})
    consumer.assign([TopicPartition(topic.name, number, 0) for number in range(topic.partitions)])
    try:
        for _ in range(300):
            message = consumer.poll(0.1)
            value = message.value() if message is not None and message.error() is None else None
            if value is not None and json.loads(value)["id"] == event_id:
                event: dict[str, Any] = json.loads(value)
                return event
    finally:
        consumer.close()
    raise AssertionError(f"no event {event_id}")


@pytest.mark.usefixtures("scorecard")
def test_an_application_that_is_not_approved_is_told_why(client: httpx.Client) -> None:
    asked = application(applied_income=900, applied_bureau_score=None)
    told = client.post("/v1/decisions/credit", json=asked, headers={"Accept-Language": "es"}).json()
    assert told["outcome"] == "decline"
    assert [(reason["feature"], reason["points_lost"]) for reason in told["reasons"]] == [
        ("applied_income", 100),
        ("applied_bureau_score", 70),
    ]
    assert told["reasons"][0]["text"] == "El ingreso mensual es bajo."


@pytest.mark.usefixtures("scorecard")
def test_an_application_asked_again_with_other_content_is_a_conflict(client: httpx.Client) -> None:
    asked = application()
    client.post("/v1/decisions/credit", json=asked)
    changed = {**asked, "features": {**asked["features"], "principal": 9000}}
    assert client.post("/v1/decisions/credit", json=changed).status_code == 409


def alert(number: int, **changes: object) -> dict[str, Any]:
    raised = (AT + timedelta(seconds=number // 3)).isoformat()
    return {
        "alert_id": f"CA-STRUCT-001:party-{number}:0",
        "rule_id": "CA-STRUCT-001",
        "typology": "structuring",
        "severity": "high",
        "jurisdiction": "CA",
        "app": "diasporacore",
        "party_id": f"party-{number}",
        "account_id": f"acc-{number}",
        "window_started_at": raised,
        "transaction_id": f"tx-{number}",
        "leg": "credit",
        "amount_usd_minor": 600_000,
        "occurred_at": raised,
        "raised_at": raised,
        "pack_version": "2026-11-01",
        **changes,
    }


def test_pages_of_alerts_hold_each_once_while_more_arrive(
    client: httpx.Client, platform: psycopg.Connection[Any]
) -> None:
    alerts = [alert(number) for number in range(25)]
    platform.execute("select record_alerts(%s)", [json.dumps(alerts)])
    seen: list[str] = []
    cursor: str | None = None
    for page in range(20):
        query = {"limit": 4, "typology": "structuring"} | ({"cursor": cursor} if cursor else {})
        answer = client.get("/v1/alerts", params=query).json()  # type: ignore[arg-type]
        seen += [item["alert_id"] for item in answer["alerts"]]
        cursor = answer["next_cursor"]
        newer = alert(1000 + page, raised_at=(AT + timedelta(days=1)).isoformat())
        platform.execute("select record_alerts(%s)", [json.dumps([newer])])
        if cursor is None:
            break
    assert sorted(seen) == sorted(item["alert_id"] for item in alerts)


def test_an_alert_shows_the_movements_that_it_is_about(client: httpx.Client, platform: psycopg.Connection[Any]) -> None:
    members = [{"transaction_id": "tx-m1", "leg": "credit"}, {"transaction_id": "tx-m2", "leg": "debit"}]
    rows = [
        alert(1, alert_id="with-members", account_id="acc-m", members=members),
        alert(2, alert_id="without", account_id="acc-m"),
    ]
    platform.execute("select record_alerts(%s)", [json.dumps(rows)])
    shown = client.get("/v1/alerts", params={"account_id": "acc-m"}).json()["alerts"]
    assert {item["alert_id"]: item["members"] for item in shown} == {"with-members": members, "without": []}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"party_id": "party-f1"}, 1),
        ({"party_id": "party-f1", "severity": "low"}, 0),
        ({"account_id": "acc-f", "raised_from": "2027-01-02T00:00:00Z"}, 1),
        ({"account_id": "acc-f", "raised_before": "2027-01-02T00:00:00Z"}, 1),
        ({"account_id": "acc-f", "jurisdiction": "US"}, 0),
    ],
)
def test_alerts_are_filtered(
    client: httpx.Client, platform: psycopg.Connection[Any], query: dict[str, str], count: int
) -> None:
    rows = [
        alert(
            1,
            alert_id=f"filter-{day}",
            party_id=f"party-f{day}",
            account_id="acc-f",
            raised_at=f"2027-01-0{day}T00:00:00Z",
        )
        for day in (1, 2)
    ]
    platform.execute("select record_alerts(%s)", [json.dumps(rows)])
    assert len(client.get("/v1/alerts", params=query).json()["alerts"]) == count


@pytest.mark.parametrize(
    "query",
    [
        {"severity": "fatal"},
        {"limit": "0"},
        {"limit": "201"},
        {"cursor": "abc"},
        {"raised_from": "2027-01-01"},
        {"colour": "red"},
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(client: httpx.Client, query: dict[str, str]) -> None:
    answer = client.get("/v1/alerts", params=query)
    assert answer.status_code == 422
    assert answer.json()["field"] == next(iter(query))


def register(connection: psycopg.Connection[Any], report_id: str, path: str, content: bytes) -> None:
    row = {
        "report_id": report_id,
        "regulator": "FINTRAC",
        "report_type": "eftr",
        "jurisdiction": "CA",
        "period_start": AT,
        "period_end": AT,
        "sequence": 1,
        "status": "filed",
        "valid": True,
        "due_at": AT,
        "file_path": path,
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "created_at": AT,
        "report_key": report_id,
        "submission": "submit",
        "reason": "",
        "aggregation": "",
        "order_ids": [],
        "total_minor": 1,
        "currency": "CAD",
        "facts_sha256": "",
    }
    names = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    connection.execute(f"insert into reports ({names}) values ({values})", row)


def test_a_report_is_downloaded_byte_by_byte(
    client: httpx.Client, settings: Settings, platform: psycopg.Connection[Any]
) -> None:
    content = b'{"report": "\xc3\xa9"}\n'
    path = settings.reports_directory / "eftr" / "one.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    register(platform, "report-1", "eftr/one.json", content)
    listed = client.get("/v1/reports", params={"regulator": "FINTRAC"}).json()["reports"]
    assert [entry["report_id"] for entry in listed] == ["report-1"]
    answer = client.get("/v1/reports/report-1/file")
    assert answer.content == content
    assert answer.headers["X-Content-SHA256"] == hashlib.sha256(answer.content).hexdigest()


def test_a_path_that_leaves_the_reports_is_not_followed(
    client: httpx.Client, settings: Settings, platform: psycopg.Connection[Any]
) -> None:
    assert (settings.state / "secrets.json").exists()
    register(platform, "report-2", "../secrets.json", b"")
    assert client.get("/v1/reports/report-2/file").status_code == 404


def test_readiness_names_what_is_away_and_decisions_go_on(settings: Settings, client: httpx.Client) -> None:
    assert client.get("/ready").json()["status"] == "ready"
    lonely = settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1", "valkey_url": "127.0.0.1:1"})
    with running_api(lonely, 300, worker=2, ready=False) as alone:
        answer = alone.get("/ready")
        assert answer.status_code == 503
        checks = answer.json()["checks"]
        assert checks["postgres"] == "ok"
        assert checks["kafka"] != "ok"
        assert checks["valkey"] != "ok"
        asked = {**EXAMPLE, "transaction_id": f"tx-{uuid.uuid4().hex[:10]}"}
        told = alone.post("/v1/decisions/transactions", json=asked)
        assert (told.status_code, told.json()["mode"]) == (200, "fallback")


def test_metrics_count_what_was_answered(client: httpx.Client) -> None:
    assert client.get("/v1/alerts").is_success
    text = client.get("/metrics").text
    assert 'atalaya_api_requests_total{route="/v1/alerts",status="200"}' in text
