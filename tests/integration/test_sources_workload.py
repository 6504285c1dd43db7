"""History and live traffic on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from contracts.errors import ConfigurationError, InvalidInputError
from contracts.events import validate_event
from contracts.settings import Settings
from sources.migrations import migrate
from sources.workload.history import Summary, write_history
from sources.workload.live import run_live
from sources.workload.live.lanes import MOST_WAITING
from sources.workload.planting.cases import KINDS
from sources.workload.truth import read_truth

pytestmark = pytest.mark.integration

AS_OF = datetime(2026, 11, 22, 17, tzinfo=UTC)
History = tuple[Settings, Summary]


@pytest.fixture(scope="module")
def history(postgres: Settings) -> History:
    empty(postgres)
    return postgres, write_history(postgres, "tiny", 7, AS_OF)


def empty(settings: Settings) -> None:
    migrate(settings)
    with psycopg.connect(settings.database_url("operations")) as connection:
        connection.execute(
            "truncate diasporacore.tenants, diasporacore.remittance_corridors, diasporacore.remittance_partners,"
            " finflow.tenants cascade"
        )
        connection.execute("truncate diasporacore.outbox, finflow.outbox, diasporacore.transaction_disputes")
    for path in settings.truth_directory.glob("*"):
        path.unlink()


def published(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    with psycopg.connect(settings.database_url("operations")) as connection:
        for schema in ("diasporacore", "finflow"):
            yield from connection.execute(f"select topic, envelope from {schema}.outbox").fetchall()


def test_every_event_of_a_history_keeps_its_contract(history: History) -> None:
    settings, summary = history
    topics: Counter[str] = Counter()
    for topic, envelope in published(settings):
        validate_event(envelope)
        topics[topic] += 1
    rows = summary.rows
    assert topics["transaction.history"] == rows["diasporacore.account_transactions"] + rows["finflow.payments"]
    assert topics["transaction.events"] == 0
    assert topics["label.events"] == rows["diasporacore.transaction_disputes"] + rows["finflow.chargebacks"]
    assert topics["user.events"] == rows["diasporacore.users"]


def test_a_history_written_again_adds_nothing(history: History) -> None:
    settings, first = history
    before = sum(1 for _ in published(settings))
    again = write_history(settings, "tiny", 7, AS_OF)
    assert again.total == 0
    assert again.cases == first.cases
    assert sum(1 for _ in published(settings)) == before


def test_progress_ends_at_the_whole(postgres: Settings) -> None:
    empty(postgres)
    seen: list[tuple[str, int, int]] = []
    summary = write_history(postgres, "tiny", 9, AS_OF, lambda *step: seen.append(step))
    assert seen[-1][1] == seen[-1][2] == summary.total


def test_live_traffic_continues_the_history_and_plants_every_kind(history: History) -> None:
    settings, _ = history
    empty(settings)
    write_history(settings, "tiny", 7, AS_OF)
    with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
        connection.execute("truncate diasporacore.outbox, finflow.outbox, diasporacore.transaction_disputes")
    summary = run_live(settings, rate=100_000, count=400, seed=3)
    topics: Counter[str] = Counter()
    for topic, envelope in published(settings):
        validate_event(envelope)
        topics[topic] += 1
    movements = summary.rows["diasporacore.account_transactions"] + 2 * summary.rows["finflow.payments"]
    assert topics["transaction.events"] == movements
    assert topics["transaction.history"] == 0
    assert 400 <= summary.movements <= 402
    assert set(summary.cases) == set(KINDS)
    truth = read_truth(settings)
    live = truth[truth["origin"] == "live"]
    assert len(live) == sum(summary.planted.values())
    assert set(live["transaction_id"]) <= {envelope["subject"] for _, envelope in published(settings)}


def test_live_books_balance(history: History) -> None:
    settings, _ = history
    run_live(settings, rate=100_000, count=60, seed=4)
    with psycopg.connect(settings.database_url("operations")) as connection:
        unbalanced = connection.execute(
            "select journal_entry_id from finflow.journal_lines group by 1 having sum(debit) <> sum(credit)"
        ).fetchall()
    assert unbalanced == []


def test_live_traffic_keeps_its_rate_and_stops_when_told(history: History) -> None:
    settings, _ = history
    stop = threading.Event()

    def soon(done: int, _total: int) -> None:
        if done >= 20:
            stop.set()

    summary = run_live(settings, rate=40, seconds=60, seed=5, progress=soon, stop=stop)
    # What had been given to a writer before the stop is committed, and nothing after it.
    assert 20 <= summary.movements <= 22 + MOST_WAITING
    assert 0.1 < summary.seconds < 10


def test_live_traffic_needs_a_history_and_a_rate(postgres: Settings) -> None:
    empty(postgres)
    with pytest.raises(ConfigurationError, match="no history"):
        run_live(postgres, rate=10, count=5, seed=1)
    with pytest.raises(InvalidInputError, match="rate"):
        run_live(postgres, rate=0, count=5, seed=1)
