"""What an account does after a question that it did not commit is known as such, from silver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.backtest.decided import read_known
from pipelines.lakehouse.catalog import Lake
from tests.unit.pipelines.lakes import small_lake
from tests.unit.pipelines.test_model_data import hold

DECISIONS, LABELS, COMMITTED = "silver.decisions", "silver.labels", "silver.transactions"
START = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with small_lake(tmp_path) as lake:
        hold(lake, LABELS)
        yield lake


def decision(name: str, minute: int, **more: object) -> dict[str, Any]:
    told = {"leg": "debit", "attempt": 1, "account_id": "ana", "kind": "transfer", "amount_usd_minor": 100}
    decided = {"origin": "live", "mode": "job", "outcome": "allow", "rules": "[]", "features": "{}"}
    when = {"occurred_at": START + timedelta(minutes=minute)}
    return {"transaction_id": name, **told, **decided, **when, **more}


def after_a_question(lake: Lake, *committed: str, leg: str = "debit") -> set[str]:
    hold(lake, COMMITTED, *({"transaction_id": name, "leg": leg, "attempt": 1} for name in committed))
    known = read_known(lake, START, START + timedelta(days=1))
    return {name for (name, _, _), one in known.items() if one.after_question}


@pytest.mark.parametrize("asked", [{"origin": "request"}, {"mode": "fallback"}])
def test_only_what_the_same_account_did_from_then_on_is_after_the_question(lake: Lake, asked: dict[str, str]) -> None:
    hold(
        lake,
        DECISIONS,
        decision("before", 1),
        decision("asked", 2, **asked),
        decision("behind", 3),
        decision("another's", 3, account_id="bo"),
    )
    assert after_a_question(lake, "before", "behind", "another's") == {"asked", "behind"}


def test_a_question_that_was_committed_sets_nothing_apart(lake: Lake) -> None:
    hold(lake, DECISIONS, decision("asked", 2, origin="request"), decision("behind", 3))
    assert after_a_question(lake, "asked", "behind") == set()


def test_the_other_leg_of_a_transaction_commits_nothing(lake: Lake) -> None:
    hold(lake, DECISIONS, decision("asked", 2, origin="request"), decision("behind", 3))
    assert after_a_question(lake, "asked", "behind", leg="credit") == {"asked", "behind"}
