"""Decisions over HTTP on real PostgreSQL, Kafka and Valkey; an echo stands for the job at the protocol only."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from contracts.features import feature_names, feature_view
from contracts.settings import Settings
from feature_repo.online import OnlineActivity
from feature_repo.vectors import ActivityRow
from serving.decisions.request import EXAMPLE
from tests.integration.echo_job import EchoJob
from tests.integration.serving_platform import running_api, running_stack

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Feast's and websockets' own
    pytest.mark.filterwarnings("ignore:sqlglot"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

Accesses = Callable[[str], list[tuple[Any, ...]]]

PATIENT_MS = 20_000
HASTY_MS = 150


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with running_stack("postgres", "kafka", "valkey") as settings:
        yield settings


@pytest.fixture(scope="module")
def job(settings: Settings) -> Iterator[EchoJob]:
    job = EchoJob(settings.kafka_bootstrap)
    job.start()
    yield job
    job.close()


@pytest.fixture(scope="module")
def patient(settings: Settings) -> Iterator[httpx.Client]:
    with running_api(settings, PATIENT_MS) as client:
        yield client


@pytest.fixture
def talking(patient: httpx.Client, job: EchoJob) -> httpx.Client:
    """An API whose job answers, however long it takes."""
    job.silent = False
    return patient


def body(**changes: object) -> dict[str, Any]:
    return {**EXAMPLE, "transaction_id": f"tx-{uuid.uuid4().hex[:12]}", **changes}


def ask(client: httpx.Client, asked: dict[str, Any], **headers: str) -> httpx.Response:
    return client.post("/v1/decisions/transactions", json=asked, headers=headers)


def activity(at: datetime, features: dict[str, float | int | None]) -> ActivityRow:
    return ActivityRow(keys={}, occurred_at=at, features=features)


def stored(settings: Settings, transaction_id: str) -> list[dict[str, Any]]:
    with psycopg.connect(settings.database_url("platform")) as connection:
        rows = connection.execute("select document from decisions where transaction_id = %s", (transaction_id,))
        return [row[0] for row in rows]


def test_the_jobs_decision_is_told_and_stored(talking: httpx.Client, settings: Settings) -> None:
    asked = body(amount_minor=90_000_000)
    told = ask(talking, asked, **{"Accept-Language": "fr-CA"})
    assert told.status_code == 200, told.text
    decision = told.json()
    assert (decision["mode"], decision["outcome"], decision["origin"]) == ("job", "review", "request")
    assert decision["decision_id"] == f"{asked['transaction_id']}:debit:1"
    by_code = {reason["code"]: reason for reason in decision["reasons"]}
    assert by_code["CA-LARGE-001"]["customer"].startswith("Un montant élevé")
    assert by_code["CA-STRUCT-001"]["customer"] is None
    (document,) = stored(settings, asked["transaction_id"])
    assert (document["outcome"], document["sequence"]) == ("review", 1)


def test_the_same_request_twice_is_one_decision(talking: httpx.Client, settings: Settings, job: EchoJob) -> None:
    asked = body()
    first, second = ask(talking, asked), ask(talking, asked)
    assert first.json() == second.json()
    assert job.asked[asked["transaction_id"]] == 1
    assert len(stored(settings, asked["transaction_id"])) == 1


def test_twenty_requests_at_once_are_one_decision(talking: httpx.Client, settings: Settings) -> None:
    asked = body()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: ask(talking, asked), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert len(stored(settings, asked["transaction_id"])) == 1


def test_a_decision_that_the_recorder_stored_first_is_the_one_told(talking: httpx.Client, settings: Settings) -> None:
    asked = body()
    told = ask(talking, asked).json()
    (document,) = stored(settings, asked["transaction_id"])
    other = {**document, "transaction_id": f"{asked['transaction_id']}-live", "origin": "live", "outcome": "decline"}
    with psycopg.connect(settings.database_url("platform")) as connection:
        connection.execute("select * from record_decisions(%s)", (json.dumps([other]),))
    again = ask(talking, {**asked, "transaction_id": other["transaction_id"]}).json()
    assert (told["outcome"], again["outcome"], again["origin"]) == ("allow", "decline", "live")


def test_a_movement_asked_again_with_another_amount_is_a_conflict(talking: httpx.Client) -> None:
    asked = body()
    ask(talking, asked)
    answer = ask(talking, {**asked, "amount_minor": asked["amount_minor"] + 100})
    assert answer.status_code == 409
    assert "next attempt" in answer.json()["hint"]
    assert ask(talking, {**asked, "amount_minor": asked["amount_minor"] + 100, "attempt": 2}).status_code == 200


def test_a_stored_decision_is_read_by_its_id(talking: httpx.Client) -> None:
    told = ask(talking, body()).json()
    read = talking.get(f"/v1/decisions/{told['decision_id']}", params={"include": "features"}).json()
    assert set(read.pop("features")) == set(feature_names())
    assert read == {name: value for name, value in told.items() if name != "features"}
    assert talking.get("/v1/decisions/unheard-of:debit:1").status_code == 404


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (body(currency="XXX"), "currency"),
        (body(amount_minor=-1), "amount_minor"),
        (body(kind="gift"), "kind"),
        ({name: value for name, value in EXAMPLE.items() if name != "account_id"}, "account_id"),
    ],
)
def test_a_request_that_breaks_the_contract_is_refused_by_field(
    talking: httpx.Client, asked: dict[str, Any], field: str
) -> None:
    answer = ask(talking, asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_a_body_beyond_the_limit_is_refused(talking: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b" " * 10_000 for _ in range(10))

    whole = talking.post("/v1/decisions/transactions", content=b" " * 70_000)
    streamed = talking.post("/v1/decisions/transactions", content=pieces())
    assert (whole.status_code, streamed.status_code) == (413, 413)


class TestWithoutTheJob:
    """The job reads and stays silent: the API decides alone, in time, and what it stored stays."""

    @pytest.fixture(scope="class")
    def hasty(self, settings: Settings, patient: httpx.Client) -> Iterator[httpx.Client]:
        assert patient.get("/health").is_success
        with running_api(settings, HASTY_MS, worker=1) as client:
            yield client

    @pytest.fixture(autouse=True)
    def silence(self, job: EchoJob) -> Iterator[None]:
        job.silent = True
        yield
        job.silent = False

    def test_an_account_never_seen_is_reviewed(self, hasty: httpx.Client, settings: Settings) -> None:
        asked = body(account_id=f"acc-{uuid.uuid4().hex[:8]}", amount_minor=1000)
        told = ask(hasty, asked).json()
        assert (told["mode"], told["outcome"], told["pack_version"]) == ("fallback", "review", "none")
        assert [reason["code"] for reason in told["reasons"]] == ["without_vector"]
        assert stored(settings, asked["transaction_id"])[0]["mode"] == "fallback"

    def test_the_last_stored_activity_and_its_age_are_used(self, hasty: httpx.Client, settings: Settings) -> None:
        account, asked_at = f"acc-{uuid.uuid4().hex[:8]}", datetime.now(UTC)
        online = OnlineActivity(settings)
        names = [feature.name for feature in feature_view("account_activity").features]
        vector: dict[str, float | int | None] = dict.fromkeys(names, 3)
        online.write({("account_activity", account): activity(asked_at - timedelta(hours=2), vector)})
        terminal = [feature.name for feature in feature_view("terminal_activity").features]
        risk: dict[str, float | int | None] = dict.fromkeys(terminal, 2)
        online.write({("terminal_activity", account): activity(asked_at - timedelta(minutes=3), risk)})
        online.close()
        asked = body(
            account_id=account,
            terminal_id=account,
            amount_minor=1000,
            occurred_at=asked_at.isoformat().replace("+00:00", "Z"),
        )
        told = hasty.post("/v1/decisions/transactions", json=asked, params={"include": "features"}).json()
        assert (told["mode"], told["outcome"], told["reasons"]) == ("fallback", "allow", [])
        assert told["feature_age_seconds"] == pytest.approx(7200, abs=1)
        assert {told["features"][name] for name in names} == {3}
        lasting = {
            "terminal__fraud_streak_seconds_30d": 2 + 180
        }  # it goes on growing while nobody tells of the terminal
        assert {name: told["features"][name] for name in risk} == {**risk, **lasting}
        assert told["features"]["transaction__amount_usd_minor"] == 730

    def test_a_late_answer_of_the_job_does_not_change_what_was_told(
        self, hasty: httpx.Client, settings: Settings, job: EchoJob
    ) -> None:
        asked = body(amount_minor=1000)
        told = ask(hasty, asked).json()
        job.silent = False
        (document,) = stored(settings, asked["transaction_id"])
        late = {**document, "mode": "job", "outcome": "decline", "pack_version": "2026-11-01"}
        with psycopg.connect(settings.database_url("platform")) as connection:
            row = connection.execute("select * from record_decisions(%s)", (json.dumps([late]),)).fetchone()
            assert row == (0, 1)
        assert ask(hasty, asked).json() == told

    def test_it_answers_in_time(self, hasty: httpx.Client) -> None:
        started = time.monotonic()
        assert ask(hasty, body(amount_minor=1000)).json()["mode"] == "fallback"
        assert time.monotonic() - started < HASTY_MS / 1000 + 5


@pytest.fixture
def accesses(settings: Settings) -> Accesses:
    def read(subject: str) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + 20
        with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
            while True:
                rows = connection.execute(
                    "select client_id, action, status from audit where subject_id = %s order by audit_id", (subject,)
                ).fetchall()
                if rows or time.monotonic() > deadline:
                    return rows
                threading.Event().wait(0.1)

    return read


def test_every_access_is_audited_by_identifiers(talking: httpx.Client, accesses: Accesses) -> None:
    asked = body()
    ask(talking, asked)
    assert accesses(asked["transaction_id"]) == [("demo", "POST /v1/decisions/transactions", 200)]
