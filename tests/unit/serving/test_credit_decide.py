"""One decision for each application: what the store gives back is told without reading it again, and the first one wins."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import TransientError
from contracts.events import Json
from ml.champions import Champion
from serving.credit import service
from serving.credit.request import CreditRequest, read_application
from serving.credit.service import CreditService
from serving.platform.problems import ConflictError
from tests.unit.ml.hand_card import APPLICANT, hand_card

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
CHAMPION = Champion(hand_card())
REQUEST = read_application({"application_id": "app-1", "customer_id": "user-1", "features": APPLICANT})


class Table:
    """`credit_decisions` as the service reaches it; another process may be `meanwhile` first, after the first look."""

    def __init__(self, meanwhile: Json | None = None, *, is_removed: bool = False) -> None:
        self.rows: dict[str, Json] = {}
        self.meanwhile = meanwhile
        self.is_removed = is_removed
        self.reads = 0

    async def find_application(self, _pool: object, application_id: str) -> Json | None:
        self.reads += 1
        return self.rows.get(application_id)

    async def latest_application(self, _pool: object, _customer_id: str, _product: str) -> Json | None:
        return None

    async def store_application(self, _pool: object, decision: Json, _alert: Json | None) -> Json | None:
        if self.meanwhile is not None:
            if not self.is_removed:
                self.rows[decision["application_id"]] = self.meanwhile
            return None
        self.rows[decision["application_id"]] = {**decision, "published_at": None}
        return self.rows[decision["application_id"]]


def decided(table: Table, monkeypatch: pytest.MonkeyPatch, request: CreditRequest = REQUEST) -> Json:
    for name in ("find_application", "latest_application", "store_application"):
        monkeypatch.setattr(service, name, getattr(table, name))
    platform: Any = SimpleNamespace(
        pool=None,
        exchange=SimpleNamespace(publish=None),
        credit={"micro_loan": SimpleNamespace(require=lambda: CHAMPION)},
    )
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
