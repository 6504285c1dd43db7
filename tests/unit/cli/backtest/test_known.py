"""What is known of a movement, and when two decisions say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli.backtest.decided import Known, beside, decision_of
from cli.backtest.movements import FEATURES, Told, Truth, latest_labels, truth_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LEG = ("t1", "debit")
DECISION = {
    "transaction_id": "t1",
    "leg": "debit",
    "attempt": 1,
    "origin": "live",
    "mode": "job",
    "outcome": "allow",
    "score": None,
    "rules": [],
    "model_version": None,
    "pack_version": "1",
    "policy_version": "1",
    "features_version": 2,
    "features": {FEATURES[0]: 1, FEATURES[1]: None},
}


def test_the_last_word_on_a_movement_counts() -> None:
    labels = latest_labels([Told(LEG, "legitimate", NOW), Told(LEG, "fraud", NOW - timedelta(days=1))])
    assert labels[LEG].label == "legitimate"


@pytest.mark.parametrize(("age", "truth"), [(timedelta(days=7), "legitimate"), (timedelta(days=6), "open")])
def test_without_a_label_a_movement_is_legitimate_once_it_is_mature(age: timedelta, truth: Truth) -> None:
    assert truth_of(LEG, NOW - age, {}, NOW, timedelta(days=7)) == truth


def test_a_decision_in_silver_and_the_same_in_a_message_are_equal() -> None:
    in_silver = {**DECISION, "rules": "[]", "features": f'{{"{FEATURES[1]}": null, "{FEATURES[0]}": 1.0}}'}
    assert decision_of(in_silver) == decision_of(DECISION)
    assert decision_of({**DECISION, "features": {FEATURES[0]: 2}}) != decision_of(DECISION)


@pytest.mark.parametrize("change", [{"origin": "request"}, {"mode": "fallback"}])
def test_what_was_decided_before_its_commit_or_without_the_job_is_set_apart(change: dict[str, str]) -> None:
    assert decision_of(DECISION | change).asked


def test_a_decision_told_twice_counts_once_and_one_outside_the_interval_not_at_all() -> None:
    known = {("t1", "debit", 1): Known("account-1", "card_payment", 100, "fraud", decision_of(DECISION))}
    again = {**DECISION, "outcome": "review"}
    rows = beside(known, [DECISION, again, {**DECISION, "transaction_id": "t2"}])
    assert [(row.key, row.tried.outcome) for row in rows] == [(("t1", "debit", 1), "allow")]
