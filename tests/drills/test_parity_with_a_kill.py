"""A live run whose TaskManager is killed, and the same run again as history, log the same features bit by bit."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from streaming.cluster import Cluster
from tests.drills.conftest import Figures
from tests.drills.history import PARTITIONS, first_decisions, fresh_job, partitions_of, views
from tests.drills.load import EVENTS, Wire, traffic
from tests.drills.movements import Crowd, Json, Movement
from tests.drills.platform import Platform
from tests.integration.streaming.stack import Stack

pytestmark = [pytest.mark.drills, pytest.mark.timeout(1500)]

HISTORY = "transaction.history"
PAST_MOVEMENTS, PAST_APART_SECONDS = 10_000, 1.0
EVENTS_PER_SECOND, LIVE_SECONDS = 300, 100.0
KILLED_AFTER_SECONDS = 70.0  # later than the lag of the other keys, so that their windows hold live movements by then
# Features of the account and of the movement have an order of their own; those of the other keys read closed buckets.
IN_ORDER = ("account__", "transaction__")
SKEWED = {"account__count_transactions_1h": timedelta(minutes=61)}

Decisions = dict[Movement, Json]
Partitions = list[list[Json]]
Selection = Callable[[str], bool]


def test_a_live_run_with_a_kill_equals_its_replay_and_a_skewed_feature_is_found(figure: Figures) -> None:
    with fresh_job(views()) as stack:
        live, came, late = lived(stack)
    replayed = replay(came, views())
    skewed = replay(came, views(**SKEWED))
    other_keys = differing(live, replayed, lambda name: not name.startswith(IN_ORDER))
    found = differing(replayed, skewed, lambda _name: True)
    figure("movements compared", len(live))
    figure("features of each", len(next(iter(live.values()))["features"]))
    figure("movements that came later than the lag, as the job counts them", late)
    figure("differing values of other keys, live against replay", dict(other_keys))
    figure("differing values after one window became 61 minutes", dict(found))
    assert live.keys() == replayed.keys()
    assert differing(live, replayed, lambda name: name.startswith(IN_ORDER)) == {}
    assert [name for name, decision in live.items() if decision["sequence"] != replayed[name]["sequence"]] == []
    assert late > 0 or not other_keys
    assert found.keys() == SKEWED.keys()


def lived(stack: Stack) -> tuple[Decisions, Partitions, int]:
    """What was decided, what came in which order, and how many movements came beyond the lag."""
    run, bootstrap = f"parity{uuid.uuid4().hex[:8]}", stack.settings.kafka_bootstrap
    wire, crowd = Wire(bootstrap), Crowd(run, 3)
    begin = datetime.now(UTC) - timedelta(seconds=PAST_MOVEMENTS * PAST_APART_SECONDS)
    for number in range(PAST_MOVEMENTS):
        wire.send(crowd.movement(begin + timedelta(seconds=number * PAST_APART_SECONDS)), HISTORY)
    wire.flush()
    first_decisions(bootstrap, wire.sent)
    paced = traffic(wire, crowd, EVENTS_PER_SECOND, LIVE_SECONDS)
    paced.start()
    time.sleep(KILLED_AFTER_SECONDS)
    late = beyond_lag(stack)
    Platform(stack.settings).kill("flink_task")
    paced.join()
    wire.flush()
    decided = first_decisions(bootstrap, wire.sent)
    past, present = partitions_of(bootstrap, HISTORY), partitions_of(bootstrap, EVENTS)
    came = [[*before, *after] for before, after in zip(past, present, strict=True)]
    return decided, came, late + beyond_lag(stack)


def replay(came: Partitions, declared: list[Json]) -> Decisions:
    """The same events, one partition after the other, at full speed, by a job that knows nothing."""
    with fresh_job(declared) as stack:
        wire = Wire(stack.settings.kafka_bootstrap)
        for number in range(PARTITIONS[HISTORY]):
            for event in came[number]:
                wire.repeat(event, HISTORY, number)
            wire.flush()
        return first_decisions(stack.settings.kafka_bootstrap, wire.sent)


def differing(one: Decisions, other: Decisions, compared: Selection) -> Counter[str]:
    """How many values of each feature differ between two runs, where both decided."""
    return Counter(
        name
        for movement, decision in one.items()
        for name, value in decision["features"].items()
        if compared(name) and other[movement]["features"][name] != value
    )


def beyond_lag(stack: Stack) -> int:
    """The job's own count (`late_beyond_lag`, over all stages and tasks), since its tasks last started."""
    cluster = Cluster(stack.settings.flink_url)
    return cluster.total(cluster.job() or "", "late_beyond_lag")
