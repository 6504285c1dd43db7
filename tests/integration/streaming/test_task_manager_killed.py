"""A TaskManager killed while movements come: each is decided, and every account counts on without a gap."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict

import pytest

from tests.drills.history import first_decisions
from tests.drills.load import Wire, traffic
from tests.drills.movements import Crowd
from tests.drills.platform import Platform
from tests.integration.streaming.stack import Stack

pytestmark = pytest.mark.integration

RATE, SECONDS = 50, 10.0


def test_movements_around_a_kill_are_each_decided_and_counted_once(stack: Stack) -> None:
    stack.submit(None)
    wire = Wire(stack.settings.kafka_bootstrap)
    paced = traffic(wire, Crowd(f"smoke{uuid.uuid4().hex[:8]}", 5, accounts=20), RATE, SECONDS)
    paced.start()
    time.sleep(SECONDS / 2)
    Platform(stack.settings).kill("flink_task")
    paced.join()
    wire.flush()
    decided = first_decisions(stack.settings.kafka_bootstrap, wire.sent)
    sequences: dict[str, list[int]] = defaultdict(list)
    for decision in decided.values():
        sequences[decision["account_id"]].append(decision["sequence"])
    assert {account: sorted(taken) for account, taken in sequences.items()} == {
        account: list(range(1, len(taken) + 1)) for account, taken in sequences.items()
    }
