"""Providers from their quotes and checks to a recommendation: the marts, their copies in the platform's database, the API."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from contracts.settings import Settings
from ml.governance.publication import publish
from pipelines.warehouse.publish import PUBLISHED, publish_mart
from serving.api.application import prepare_database
from tests.integration.caas_marts import ask, build_marts
from tests.integration.caas_rows import check, provider, quote, request
from tests.integration.serving_platform import running_api
from tests.unit.ml.hand_card import APPLICANT, hand_card
from tests.unit.pipelines.lakes import Json

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

NOW = datetime.now(UTC).replace(microsecond=0)
MARTS = "rpt_provider_health rpt_provider_terms"
TEN = range(10)


def ago(**span: int) -> str:
    return (NOW - timedelta(**span)).isoformat().replace("+00:00", "Z")


def answers(whom: str, rate: str, latency: int = 400, sent_at: str = ago(hours=5)) -> list[Json]:
    """An offer of the provider for each of the ten requests."""
    return [
        quote(f"{whom}-{sent_at}-{place}", f"r{place}", whom, "approved", latency, rate, sent_at=sent_at)
        for place in TEN
    ]


def timeouts(whom: str, count: int, sent_at: str = ago(hours=5)) -> list[Json]:
    return [quote(f"{whom}-out-{place}", "r0", whom, "timeout", 3000, sent_at=sent_at) for place in range(count)]


ROWS: dict[str, list[Json]] = {
    "providers": [
        provider("good"),
        provider("slow"),
        provider("silent"),
        provider("open"),
        provider("pool", is_secured=True),
        provider("gone", status="suspended"),
        provider("euro", jurisdiction="EU"),
    ],
    "provider_health": [
        *(check(name, "", checked_at=ago(minutes=9)) for name in ("good", "slow", "silent", "pool", "gone", "euro")),
        check("open", "", checked_at=ago(minutes=9)),
        check("open", "", "open", healthy=False, checked_at=ago(minutes=1)),
    ],
    "credit_requests": [
        *(request(f"r{place}", None, ago(hours=5), applied_score=640 + 5 * place) for place in TEN),
        request("low", None, ago(hours=5), applied_score=639),
        request(
            "pledged",
            None,
            ago(hours=5),
            applied_score=650,
            collateral_asset="BTC",
            collateral_quantity="1.000000000000000000",
        ),
    ],
    "provider_quotes": [
        *answers("good", "8.000"),
        *timeouts("good", 4, sent_at=ago(days=31)),
        quote("good-next", "r0", "good", "timeout", 3000, sent_at=ago(seconds=30)),  # after the newest check
        quote("good-low", "low", "good", "approved", 400, "30.000", sent_at=ago(hours=5)),
        quote("good-part", "r0", "good", "approved", 400, "1.000", sent_at=ago(hours=4), amount="999.99"),
        quote("good-pledged", "pledged", "good", "approved", 400, "1.000", sent_at=ago(hours=5)),
        *answers("slow", "5.000", latency=2600),
        *answers("silent", "4.000"),
        *timeouts("silent", 2),
        *answers("open", "3.000"),
        *answers("pool", "2.000"),
        *answers("gone", "2.000"),
        *answers("euro", "2.000")[:4],
        *answers("euro", "2.000", sent_at=ago(days=91)),
    ],
}


@pytest.fixture(scope="module")
def published(postgres: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    prepare_database(postgres)
    build_marts(postgres, Path(tmp_path_factory.mktemp("lake")), ROWS, MARTS)
    for one in PUBLISHED:
        publish_mart(postgres, one)
    return postgres


@pytest.fixture
def client(published: Settings) -> Iterator[httpx.Client]:
    publish(hand_card(), published, "micro_loan")
    with running_api(published, ready=False) as client:
        yield client


def recommended(client: httpx.Client, jurisdiction: str = "US", **features: float | None) -> dict[str, Any]:
    asked = {
        "application_id": f"app-{uuid.uuid4().hex[:10]}",
        "customer_id": f"user-{uuid.uuid4().hex[:10]}",
        "jurisdiction": jurisdiction,
        "months": 12,
        "features": {**APPLICANT, **features},
    }
    assert client.post("/v1/decisions/credit", json=asked).status_code == 200
    answer = client.get(f"/v1/recommendations/{asked['customer_id']}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def lenders(told: dict[str, Any]) -> list[str]:
    return [offer["provider"]["provider_id"] for offer in told["offers"] if offer["provider"]]


@contextmanager
def copies(published: Settings) -> Iterator[psycopg.Connection[Any]]:
    """The platform's database to change the copies in, which are the marts again afterwards."""
    try:
        with psycopg.connect(published.database_url("platform"), autocommit=True) as connection:
            yield connection
    finally:
        for one in PUBLISHED:
            publish_mart(published, one)


def test_health_counts_the_window_and_keeps_the_newest_breaker(published: Settings) -> None:
    columns = "provider_id, asked, answered, answered_ratio::text, latency_p95_ms, breaker"
    assert ask(published, f"select {columns} from marts.rpt_provider_health order by 1") == [
        ("euro", 4, 4, "1.0000", 400, "closed"),
        ("gone", 10, 10, "1.0000", 400, "closed"),
        ("good", 13, 13, "1.0000", 400, "closed"),
        ("open", 10, 10, "1.0000", 400, "open"),
        ("pool", 10, 10, "1.0000", 400, "closed"),
        ("silent", 12, 10, "0.8333", 400, "closed"),
        ("slow", 10, 10, "1.0000", 2600, "closed"),
    ]


def test_terms_are_those_of_whole_offers_without_collateral_in_a_band(published: Settings) -> None:
    columns = "provider_id, score_from, score_to, answered, offered, rate_pct::text"
    assert ask(published, f"select {columns} from marts.rpt_provider_terms order by 1") == [
        ("good", 640, 700, 11, 10, "8.000"),  # the part of an amount is an answer, and no offer of it
        ("open", 640, 700, 10, 10, "3.000"),
        ("silent", 640, 700, 10, 10, "4.000"),
        ("slow", 640, 700, 10, 10, "5.000"),
    ]


def test_terms_are_of_the_newest_answer_in_the_band(published: Settings) -> None:
    told = ask(published, "select provider_id, quoted_at from marts.rpt_provider_terms order by 1")
    newest = {"good": 4, "open": 5, "silent": 5, "slow": 5}
    assert told == [(name, NOW - timedelta(hours=hours)) for name, hours in newest.items()]


def test_a_table_from_before_terms_had_an_age_is_filled_again(published: Settings) -> None:
    with psycopg.connect(published.database_url("platform"), autocommit=True) as connection:
        connection.execute("alter table provider_terms drop column quoted_at")
        prepare_database(published)
        assert connection.execute("select distinct quoted_at from provider_terms").fetchall() == [(None,)]
        for one in PUBLISHED:
            publish_mart(published, one)
        assert connection.execute("select count(*) from provider_terms where quoted_at is null").fetchone() == (0,)


def test_a_copy_is_the_mart_and_made_again_the_same(published: Settings) -> None:
    for one in PUBLISHED:
        names = ", ".join(one.columns)
        first = ask(published, f"select {names} from marts.{one.mart} order by 1, 2")
        assert publish_mart(published, one) == len(first) > 0
        with psycopg.connect(published.database_url("platform")) as connection:
            assert connection.execute(f"select {names} from {one.table} order by 1, 2".encode()).fetchall() == first


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("delete from provider_terms", "benefit_own_offers"),
        ("delete from provider_terms; delete from provider_health", "benefit_own_offers"),
        ("delete from provider_terms; delete from published_copies", "benefit_terms_missing"),
        (
            "delete from provider_terms; delete from published_copies where copied_to = 'provider_terms'",
            "benefit_terms_missing",
        ),
    ],
)
def test_that_nobody_offers_anything_is_told_only_where_terms_were_published(
    published: Settings, client: httpx.Client, statement: str, code: str
) -> None:
    with copies(published) as connection:
        connection.execute(statement.encode())
        told = recommended(client)
    assert (lenders(told), told["order"]["code"]) == ([], code)


def test_a_healthy_provider_stands_by_its_price_others_last_or_out(client: httpx.Client) -> None:
    told = recommended(client)
    assert lenders(told) == ["good", "silent", "slow"]
    assert [finding["code"] for finding in told["offers"][-2]["provider"]["health"]["findings"]] == ["answers_few"]
    assert [finding["code"] for finding in told["offers"][-1]["provider"]["health"]["findings"]] == ["answers_slow"]
    assert [(one["provider_id"], one["health"]["breaker"]) for one in told["left_out"]] == [("open", "open")]
    assert told["order"]["code"] == "benefit_and_health"


@pytest.mark.parametrize(
    ("jurisdiction", "features"),
    [("CA", {}), ("EU", {}), ("US", {"applied_bureau_score": None}), ("US", {"applied_bureau_score": 639})],
)
def test_where_no_offer_compares_the_lenders_own_stand_alone(
    client: httpx.Client, jurisdiction: str, features: dict[str, float | None]
) -> None:
    told = recommended(client, jurisdiction, **features)
    assert (lenders(told), told["left_out"], told["order"]["code"]) == ([], [], "benefit_own_offers")


@pytest.mark.parametrize("aged", ["quoted_at - interval '31 days'", "null"])
def test_stale_terms_are_no_offer_and_name_their_providers(
    published: Settings, client: httpx.Client, aged: str
) -> None:
    with copies(published) as connection:
        connection.execute(f"update provider_terms set quoted_at = {aged} where provider_id = 'good'".encode())
        some = recommended(client)
        connection.execute(f"update provider_terms set quoted_at = {aged} where provider_id <> 'good'".encode())
        every = recommended(client)
    assert (lenders(some), some["order"]["code"]) == (["silent", "slow"], "benefit_and_health")
    assert [one["provider_id"] for one in some["left_out"]] == ["good", "open"]
    assert [finding["code"] for finding in some["left_out"][0]["health"]["findings"]] == ["terms_stale"]
    assert (lenders(every), every["order"]["code"]) == ([], "benefit_terms_stale")
    assert [one["provider_id"] for one in every["left_out"]] == ["good", "open", "silent", "slow"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update provider_health set checked_at = checked_at - interval '4 hours'", "benefit_health_stale"),
        ("delete from provider_health", "benefit_health_missing"),
    ],
)
def test_without_fresh_figures_the_order_is_that_of_benefit_and_says_so(
    published: Settings, client: httpx.Client, statement: str, code: str
) -> None:
    with copies(published) as connection:
        connection.execute(statement.encode())
        told = recommended(client)
    assert told["order"]["code"] == code
    assert (lenders(told), told["left_out"]) == (["open", "silent", "slow", "good"], [])
    burdens = [offer["burden"] for offer in told["offers"]]
    assert burdens == sorted(burdens)
