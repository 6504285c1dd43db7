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
from contracts.tables import load_systems, load_tables
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
        filled = [f"{table.schema_name}.{table.name}" for table in load_tables()]
        outboxes = [f"{system.schema_name}.outbox" for system in load_systems()]
        connection.execute(f"truncate {', '.join([*filled, *outboxes])} cascade")
    for path in settings.truth_directory.glob("*"):
        path.unlink()


def published(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    with psycopg.connect(settings.database_url("operations")) as connection:
        for system in load_systems():
            yield from connection.execute(
                f"select topic, envelope from {system.schema_name}.outbox".encode()
            ).fetchall()


MOVEMENTS = ("diasporacore.account_transactions", "finflow.payments", "nexafi.payments", "raisket.transactions")


def test_every_event_of_a_history_keeps_its_contract(history: History) -> None:
    settings, summary = history
    topics: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    registered = 0
    for topic, envelope in published(settings):
        validate_event(envelope)
        topics[topic] += 1
        registered += envelope["type"] == "user.registered.v1"
        if topic == "transaction.history":
            moved[envelope["data"]["app"]] += 1
        elif topic == "label.events":
            assert {"occurred_at", "account_id", "customer_id"} <= envelope["data"].keys()
    rows = summary.rows
    # The aggregator's movements are disbursements and instalments, and no rows of their own.
    assert moved.pop("caas") > 0
    assert moved == {name.partition(".")[0]: rows[name] for name in MOVEMENTS}
    assert topics["transaction.events"] == 0
    assert topics["label.events"] == rows["diasporacore.transaction_disputes"] + rows["finflow.chargebacks"]
    assert registered == sum(rows[f"{app}.users"] for app in ("diasporacore", "nexafi", "raisket"))


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
        outboxes = ", ".join(f"{system.schema_name}.outbox" for system in load_systems())
        connection.execute(f"truncate {outboxes}, diasporacore.transaction_disputes".encode())
    summary = run_live(settings, rate=100_000, count=400, seed=3)
    topics: Counter[str] = Counter()
    for topic, envelope in published(settings):
        validate_event(envelope)
        topics[topic] += 1
    asked = summary.rows["finflow.payments"] + summary.rows.get("nexafi.payments", 0)
    movements = summary.rows["diasporacore.account_transactions"] + 2 * asked
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
            "select distinct memo from finflow.journal_entries join finflow.journal_lines using (journal_entry_id)"
            " group by journal_entry_id, memo having sum(debit) <> sum(credit)"
        ).fetchall()
    assert unbalanced == [("manual correction",)]


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
