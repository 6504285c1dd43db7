"""The kernel says what the reference says, whatever comes in whatever order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.features import load_feature_views
from streaming.configuration import staged
from streaming.reference import ReferenceKernel
from tests.unit.streaming.kernel_process import (
    EVENTS,
    HISTORY,
    LABELS,
    START,
    KernelProcess,
    account_view,
    decision,
    event,
    label,
    movement,
    told,
)

Json = dict[str, Any]

DECLARED = staged([view.as_kernel_json() for view in load_feature_views()])

# Every aggregate over windows of a few buckets, so that generated streams cross every border of them.
_ACCOUNT: list[Json] = [
    {"name": "n__count", "aggregate": "count", "window_ms": 5000, "resolution_ms": 1000, "filter": {}},
    {"name": "n__sum", "aggregate": "sum", "of": "amount_usd_minor", "window_ms": 63_000, "resolution_ms": 7000},
    {"name": "n__mean", "aggregate": "mean", "of": "amount_usd_minor", "window_ms": 9000, "resolution_ms": 3000},
    {"name": "n__stddev", "aggregate": "stddev", "of": "amount_usd_minor", "window_ms": 9000, "resolution_ms": 3000},
    {
        "name": "n__max",
        "aggregate": "max",
        "of": "amount_usd_minor",
        "window_ms": 10_000,
        "resolution_ms": 1000,
        "filter": {"leg": ["debit"]},
    },
    {"name": "n__min", "aggregate": "min", "of": "amount_usd_minor", "window_ms": 8000, "resolution_ms": 2000},
    {
        "name": "n__distinct",
        "aggregate": "distinct",
        "of": "counterparty_id",
        "window_ms": 8000,
        "resolution_ms": 2000,
        "cap": 3,
    },
    {
        "name": "n__ratio",
        "aggregate": "ratio_to_mean",
        "of": "amount_usd_minor",
        "window_ms": 6000,
        "resolution_ms": 1000,
        "filter": {"amount_usd_minor": {"min": 1, "max": 500}},
    },
    {
        "name": "n__failures",
        "aggregate": "count",
        "window_ms": 20_000,
        "resolution_ms": 1000,
        "transition": "failed",
        "filter": {"amount_minor": {"multiple_of": 10}},
    },
    {"name": "n__first", "aggregate": "first_seen", "of": "device_id", "cap": 2, "filter": {"kind": ["transfer"]}},
    {"name": "n__since", "aggregate": "seconds_since_last"},
    {"name": "n__elsewhere", "aggregate": "seconds_since_other", "of": "device_id"},
]
_TERMINAL: Json = {
    "view": "terminal_activity",
    "entity": "terminal",
    "key": "terminal_id",
    "lag_ms": 3000,
    "features": [
        {"name": "t__count", "aggregate": "count", "window_ms": 10_000, "resolution_ms": 2000},
        {"name": "t__max", "aggregate": "max", "of": "amount_usd_minor", "window_ms": 9000, "resolution_ms": 3000},
        {
            "name": "t__distinct",
            "aggregate": "distinct",
            "of": "account_id",
            "window_ms": 8000,
            "resolution_ms": 1000,
            "cap": 2,
        },
        {
            "name": "t__frauds",
            "aggregate": "fraud_share",
            "window_ms": 12_000,
            "resolution_ms": 2000,
            "delay_ms": 4000,
            "filter": {"leg": ["debit"]},
        },
        {"name": "t__so_far", "aggregate": "fraud_share", "window_ms": 8000, "resolution_ms": 2000},
        {
            "name": "t__streak",
            "aggregate": "fraud_streak",
            "window_ms": 30_000,
            "resolution_ms": 2000,
            "delay_ms": 2000,
        },
        {
            "name": "t__streak_seconds",
            "aggregate": "fraud_streak_seconds",
            "window_ms": 30_000,
            "resolution_ms": 2000,
            "delay_ms": 2000,
        },
        {
            "name": "t__streak_mean",
            "aggregate": "fraud_streak_mean",
            "of": "n__ratio",
            "window_ms": 30_000,
            "resolution_ms": 2000,
            "delay_ms": 2000,
        },
    ],
}
_CUSTOMER: Json = {
    "view": "customer_activity",
    "entity": "customer",
    "key": "customer_id",
    "lag_ms": 1000,
    "features": [
        {"name": "c__sum", "aggregate": "sum", "of": "amount_usd_minor", "window_ms": 30_000, "resolution_ms": 5000},
        {
            "name": "c__stddev",
            "aggregate": "stddev",
            "of": "amount_usd_minor",
            "window_ms": 9000,
            "resolution_ms": 3000,
        },
    ],
}
NARROW = staged([account_view(_ACCOUNT), _TERMINAL, _CUSTOMER])

spans = st.one_of(
    st.integers(0, 30_000_000),
    st.integers(-20_000_000, 20_000_000),
    st.integers(-3, 3).map(lambda seconds: seconds * 1_000_000),
    st.sampled_from([86_400_000_000, -86_400_000_000, 5 * 86_400_000_000, 40 * 86_400_000_000]),
)
steps = st.fixed_dictionaries(
    {
        "after": spans,
        "number": st.integers(1, 40),
        "account": st.sampled_from(["a1", "a1", "a2"]),
        "leg": st.sampled_from(["debit", "credit"]),
        "kind": st.sampled_from(["transfer", "cash_in", "card_payment"]),
        "channel": st.sampled_from(["app", "card_not_present"]),
        "amount": st.one_of(st.integers(0, 3), st.integers(0, 10**12)),
        "minor": st.sampled_from([1370, 1370, 1370, 999]),
        "counterparty": st.sampled_from([None, "m1", "m2", "m3", "m4"]),
        "device": st.sampled_from([None, "d1", "d2", "d3"]),
        "terminal": st.sampled_from([None, "w1", "w2"]),
        "status": st.sampled_from(["completed", "attempted", "failed", "reversed"]),
        "told": st.sampled_from([None, None, None, "fraud", "legitimate", "laundering"]),
        "save": st.booleans(),
    }
)


@given(st.lists(steps, max_size=40), st.sampled_from([NARROW, DECLARED]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_kernel_equals_reference(kernel: KernelProcess, stream: list[Json], views: list[Json]) -> None:
    kernel.forget()
    kernel.configure_views(views)
    reference = ReferenceKernel(views)
    at = START
    for step in stream:
        at += timedelta(microseconds=step["after"])
        data = movement(
            step["number"],
            at,
            leg=step["leg"],
            kind=step["kind"],
            channel=step["channel"],
            status=step["status"],
            account_id=step["account"],
            amount_usd_minor=step["amount"],
            amount_minor=step["minor"],
            counterparty_id=step["counterparty"],
            device_id=step["device"],
            terminal_id=step["terminal"],
        )
        if step["save"]:
            kernel.save_and_restore()
        if step["told"]:
            known = label(data, step["told"], at + timedelta(seconds=step["number"] % 7))
            reference.tell(known["data"])
            assert kernel.take(known, LABELS) == []
        expected = reference.take(data)
        answers = kernel.take(event(data), EVENTS if step["number"] % 2 else HISTORY)
        if expected is None:
            assert answers == []
        else:
            assert decision(answers)["features"] == expected
            assert decision(answers)["sequence"] == reference.accounts[step["account"]].sequence


taken_over = st.fixed_dictionaries(
    {
        "after": st.integers(0, 5),
        "amount": st.sampled_from([100, 170, 499, 501]),
        "told": st.sampled_from(["fraud", "fraud", "fraud", None]),
        "known_after": st.integers(0, 4),
        "withdrawn": st.sampled_from([False] * 9 + [True]),
        "save": st.booleans(),
    }
)


@given(st.lists(taken_over, min_size=5, max_size=40))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_frauds_at_a_terminal_are_counted_as_the_reference_counts_them(
    kernel: KernelProcess, stream: list[Json]
) -> None:
    """Nearly everything at one terminal is fraud, which the streams above seldom come to."""
    kernel.forget()
    kernel.configure_views(NARROW)
    reference = ReferenceKernel(NARROW)
    at = START
    for number, step in enumerate(stream):
        at += timedelta(seconds=step["after"])
        data = movement(number, at, account_id=f"a{number % 3}", terminal_id="w1", amount_usd_minor=step["amount"])
        for known in _labels(data, step, at):
            reference.tell(known["data"])
            assert kernel.take(known, LABELS) == []
        if step["save"]:
            kernel.save_and_restore()
        assert decision(kernel.take(event(data), HISTORY))["features"] == reference.take(data)


def _labels(data: Json, step: Json, at: datetime) -> list[Json]:
    if step["told"] is None:
        return []
    known = at + timedelta(seconds=step["known_after"])
    fraud = label(data, step["told"], known)
    return [fraud, label(data, "legitimate", known + timedelta(seconds=2))] if step["withdrawn"] else [fraud]


@pytest.mark.parametrize(
    ("told", "in_a_row", "seconds"),
    [
        ([False, True, True, True], 3, 16.0),
        ([True, False, True], 1, 14.0),
        ([True, True, False], 0, 0.0),
        ([True, True], 2, 18.0),
        ([], None, None),
    ],
)
def test_frauds_in_a_row_end_at_the_first_bucket_with_anything_else(
    kernel: KernelProcess, told: list[bool], in_a_row: int | None, seconds: float | None
) -> None:
    kernel.forget()
    kernel.configure_views(NARROW)
    for number, is_fraud in enumerate(told):
        data = movement(number, START + timedelta(seconds=2 * number), terminal_id="w1")
        if is_fraud:
            kernel.take(label(data, "fraud", START), LABELS)
        kernel.take(event(data), HISTORY)
    later = movement(len(told), START + timedelta(seconds=18), terminal_id="w1")
    features = decision(kernel.take(event(later), HISTORY))["features"]
    assert (features["t__streak"], features["t__streak_seconds"]) == (in_a_row, seconds)


def test_a_streak_knows_how_unusual_its_frauds_were_for_their_accounts(kernel: KernelProcess) -> None:
    kernel.forget()
    kernel.configure_views(NARROW)
    for number, (account, amount) in enumerate([("a1", 100), ("a2", 200), ("a1", 300)]):
        data = movement(
            number, START + timedelta(seconds=2 * number), account_id=account, terminal_id="w1", amount_usd_minor=amount
        )
        kernel.take(label(data, "fraud", START), LABELS)
        ratio = decision(kernel.take(event(data), HISTORY))["features"]["n__ratio"]
        assert ratio == (1.5 if number == 2 else 1.0)
    later = movement(3, START + timedelta(seconds=18), terminal_id="w1")
    mean = decision(kernel.take(event(later), HISTORY))["features"]["t__streak_mean"]
    assert mean == pytest.approx((1.0 + 1.0 + 1.5) / 3)


@pytest.mark.parametrize(
    ("taken", "in_a_row", "mean"),
    [
        ([(0, 100, True), (1, 501, False)], 0, 0.0),
        ([(0, 100, True), (2, 501, False)], 0, 0.0),
        ([(0, 501, False), (2, 100, True), (3, 501, True)], 2, 1.0),
        ([(0, 501, True)], 1, None),
    ],
)
def test_a_movement_of_which_its_account_says_nothing_ends_or_prolongs_a_streak_like_any_other(
    kernel: KernelProcess, taken: list[tuple[int, int, bool]], in_a_row: int, mean: float | None
) -> None:
    """Above 500 `n__ratio` is null, as `account__ratio_amount_to_mean_30d` is while an account has moved less than a cent."""
    kernel.forget()
    kernel.configure_views(NARROW)
    for second, amount, is_fraud in taken:
        data = movement(second, START + timedelta(seconds=second), terminal_id="w1", amount_usd_minor=amount)
        if is_fraud:
            kernel.take(label(data, "fraud", START), LABELS)
        kernel.take(event(data), HISTORY)
    later = movement(18, START + timedelta(seconds=18), terminal_id="w1")
    features = decision(kernel.take(event(later), HISTORY))["features"]
    assert (features["t__streak"], features["t__streak_mean"]) == (in_a_row, mean)


def test_a_streak_that_is_declared_later_reads_what_the_shares_have_kept(kernel: KernelProcess) -> None:
    views = [view.as_kernel_json() for view in load_feature_views()]
    before = [
        {**view, "features": [one for one in view["features"] if not one["aggregate"].startswith("fraud_streak")]}
        for view in views
    ]
    kernel.forget()
    kernel.configure_views(staged(before))
    for number in range(3):
        data = movement(number, START + timedelta(hours=number), terminal_id="w1")
        kernel.take(label(data, "fraud", START), LABELS)
        kernel.take(event(data), HISTORY)
    kernel.save_and_restore()
    kernel.configure_views(DECLARED)
    later = movement(3, START + timedelta(days=8), terminal_id="w1")
    features = decision(kernel.take(event(later), HISTORY))["features"]
    assert features["terminal__fraud_streak_30d"] == 3
    assert features["terminal__fraud_streak_seconds_30d"] == timedelta(days=8).total_seconds()
    assert features["terminal__fraud_streak_mean_ratio_30d"] is None


def test_the_mean_of_a_streak_that_is_declared_later_is_of_no_shorter_streak(kernel: KernelProcess) -> None:
    """Its sums begin with the declaration. What was no fraud in that very hour before still ends the streak."""
    before = [
        {**view, "features": [one for one in view["features"] if one["aggregate"] != "fraud_streak_mean"]}
        for view in NARROW
    ]
    kernel.forget()
    kernel.configure_views(before)
    kernel.take(event(movement(0, START, terminal_id="w1")), HISTORY)
    kernel.save_and_restore()
    kernel.configure_views(NARROW)
    fraud = movement(1, START + timedelta(seconds=1), terminal_id="w1", amount_usd_minor=100)
    kernel.take(label(fraud, "fraud", START), LABELS)
    kernel.take(event(fraud), HISTORY)
    later = movement(2, START + timedelta(seconds=18), terminal_id="w1")
    features = decision(kernel.take(event(later), HISTORY))["features"]
    assert (features["t__streak"], features["t__streak_mean"]) == (0, 0.0)


def test_hundreds_of_movements_within_one_window_stay_exact(kernel: KernelProcess) -> None:
    kernel.forget()
    kernel.configure_views(DECLARED)
    reference = ReferenceKernel(DECLARED)
    for number in range(700):
        late = 90_000 if number % 7 == 0 else 0
        data = movement(
            number,
            START + timedelta(seconds=number * 613 - late),
            amount_usd_minor=number * 37 % 1000,
            counterparty_id=f"m{number % 90}",
        )
        answers = kernel.take(event(data), HISTORY)
        assert decision(answers)["features"] == reference.take(data)


def test_a_movement_taken_long_ago_is_still_known_among_the_last_256(kernel: KernelProcess) -> None:
    for number in range(256):
        kernel.take(event(movement(number, START + timedelta(days=number))))
    assert kernel.take(event(movement(0, START + timedelta(days=300)))) == []
    assert told(kernel.take(event(movement(300, START + timedelta(days=300)))), "transaction.scores")
