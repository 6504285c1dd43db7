"""One decision for each application: what the store gives back is told without reading it again, and the first one wins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import TransientError
from contracts.events import Json, validate_event
from contracts.models.credit import CREDIT_MODELS
from contracts.settings import Settings
from ml.champions import Champion, ChampionWatch
from ml.governance.publication import publish
from serving.credit import service
from serving.credit.publication import assessment_event
from serving.credit.request import CreditRequest, read_application
from serving.credit.service import CreditService
from serving.platform.problems import ConflictError
from tests.unit.ml.hand_business_card import BUSINESS, hand_business_card
from tests.unit.ml.hand_card import APPLICANT, hand_card

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
CHAMPION = Champion(hand_card())
REQUEST = read_application({"application_id": "app-1", "customer_id": "user-1", "features": APPLICANT})

BUSINESS_REQUEST = read_application(
    {
        "application_id": "app-1",
        "customer_id": "user-1",
        "product": "sme_loan",
        "months": 12,
        "jurisdiction": "US",
        "features": BUSINESS,
    }
)


class Table:
    """`credit_decisions` as the service reaches it; another process may be `meanwhile` first, after the first look."""

    def __init__(self, meanwhile: Json | None = None, *, is_removed: bool = False) -> None:
        self.rows: dict[str, Json] = {}
        self.meanwhile = meanwhile
        self.is_removed = is_removed
        self.reads = 0
        self.alerts: list[Json | None] = []

    async def find_application(self, _pool: object, application_id: str) -> Json | None:
        self.reads += 1
        return self.rows.get(application_id)

    async def latest_application(self, _pool: object, customer_id: str, products: Sequence[str]) -> Json | None:
        own = [row for row in self.rows.values() if row["customer_id"] == customer_id and row["product"] in products]
        return own[-1] if own else None

    async def store_application(self, _pool: object, decision: Json, alert: Json | None) -> Json | None:
        self.alerts.append(alert)
        if self.meanwhile is not None:
            if not self.is_removed:
                self.rows[decision["application_id"]] = self.meanwhile
            return None
        self.rows[decision["application_id"]] = {**decision, "published_at": None}
        return self.rows[decision["application_id"]]


SERVED: Mapping[str, Any] = {"micro_loan": SimpleNamespace(require=lambda: CHAMPION)}


def decided(
    table: Table,
    monkeypatch: pytest.MonkeyPatch,
    request: CreditRequest = REQUEST,
    served: Mapping[str, Any] = SERVED,
) -> Json:
    for name in ("find_application", "latest_application", "store_application"):
        monkeypatch.setattr(service, name, getattr(table, name))
    platform: Any = SimpleNamespace(pool=None, exchange=SimpleNamespace(publish=None), credit=served)
    return asyncio.run(CreditService(platform, lambda: NOW).decide(request))


def test_a_fresh_decision_is_told_as_it_is_stored_without_a_second_read(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    told = decided(table, monkeypatch)
    assert table.reads == 1
    assert told is table.rows["app-1"]
    assert (told["outcome"], told["decided_at"], told["published_at"]) == ("approve", NOW, None)


def test_asked_again_the_stored_decision_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    first = decided(table, monkeypatch)
    assert decided(table, monkeypatch) is first
    assert table.reads == 2


def test_who_comes_second_is_told_the_first_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {**decided(Table(), monkeypatch), "model_version": "of another process"}
    table = Table(meanwhile=first)
    assert decided(table, monkeypatch)["model_version"] == "of another process"
    assert table.reads == 2


def test_who_comes_second_with_other_content_is_told_of_the_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {**decided(Table(), monkeypatch), "customer_id": "user-2"}
    with pytest.raises(ConflictError):
        decided(Table(meanwhile=first), monkeypatch)


def test_a_decision_that_is_stored_nowhere_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    first = decided(Table(), monkeypatch)
    with pytest.raises(TransientError):
        decided(Table(meanwhile=first, is_removed=True), monkeypatch)


@pytest.fixture
def served(tmp_path: Path) -> Mapping[str, ChampionWatch]:
    """What the API watches, with micro-loans alone in service."""
    settings = Settings(state=tmp_path)
    publish(hand_card(), settings, "micro_loan")
    return {product: ChampionWatch(settings, product) for product in CREDIT_MODELS}


def test_a_product_that_has_no_card_yet_is_told_of_and_the_others_are_decided(
    served: Mapping[str, ChampionWatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table()
    with pytest.raises(TransientError, match=r"No champion of sme_loan.*model list sme_loan") as told:
        decided(table, monkeypatch, BUSINESS_REQUEST, served)
    assert told.value.status == 503
    assert table.rows == {}
    assert decided(table, monkeypatch, REQUEST, served)["model_version"] == "micro_loan-by-hand"


def test_each_product_is_decided_by_its_own_card_as_soon_as_there_is_one(
    served: Mapping[str, ChampionWatch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hand_business_card(), Settings(state=tmp_path), "sme_loan")
    told = decided(Table(), monkeypatch, BUSINESS_REQUEST, served)
    assert (told["product"], told["model_version"], told["points"]) == ("sme_loan", "sme_loan-by-hand", 620)


def test_one_application_is_not_for_two_products(
    served: Mapping[str, ChampionWatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table()
    decided(table, monkeypatch, REQUEST, served)
    with pytest.raises(ConflictError):
        decided(table, monkeypatch, BUSINESS_REQUEST, served)


def test_a_business_whose_credit_moved_raises_an_alert_of_its_product(
    served: Mapping[str, ChampionWatch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hand_business_card(), Settings(state=tmp_path), "sme_loan")
    table = Table()
    decided(table, monkeypatch, BUSINESS_REQUEST, served)
    features = {**BUSINESS, "applied_late_receivables_pct": 60.0, "requested_amount": 40_000.0}
    worse = BUSINESS_REQUEST.model_dump() | {"application_id": "app-2", "months": 4, "features": features}
    decided(table, monkeypatch, read_application(worse), served)
    first, alert = table.alerts
    assert first is None
    assert alert is not None
    assert (alert["product"], alert["movements"]) == ("sme_loan", ["score_fell"])
    assert (alert["score_before"], alert["score_after"]) == (620, 560), "for the earlier amount and term"
    assert (alert["bureau_score_before"], alert["bureau_score_after"]) == (None, None)
    validate_event(assessment_event(alert))


def test_applications_under_two_jurisdictions_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their amounts are in two currencies: the earlier amount beside the later income says nothing."""
    pesos = {name: (APPLICANT[name] or 0) * 13 for name in ("applied_income", "applied_existing_debt", "principal")}
    table = Table()
    there = {"application_id": "app-1", "customer_id": "user-1", "jurisdiction": "MX"}
    decided(table, monkeypatch, read_application({**there, "features": {**APPLICANT, **pesos}}))
    decided(table, monkeypatch, read_application(REQUEST.model_dump() | {"application_id": "app-2"}))
    assert table.alerts == [None, None]


def test_another_amount_and_term_alone_are_no_move_of_a_business(
    served: Mapping[str, ChampionWatch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(hand_business_card(), Settings(state=tmp_path), "sme_loan")
    table = Table()
    decided(table, monkeypatch, BUSINESS_REQUEST, served)
    other = {"application_id": "app-2", "months": 4, "features": {**BUSINESS, "requested_amount": 60_000.0}}
    decided(table, monkeypatch, read_application(BUSINESS_REQUEST.model_dump() | other), served)
    assert table.alerts == [None, None]
