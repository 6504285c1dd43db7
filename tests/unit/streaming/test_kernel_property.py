"""The kernel says what the reference says, whatever comes in whatever order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.features import load_feature_views
from streaming.reference import ReferenceAccount
from tests.unit.streaming.kernel_process import EVENTS, HISTORY, START, KernelProcess, decision, event, movement, told

Json = dict[str, Any]

DECLARED = [feature.as_kernel_json() for view in load_feature_views() for feature in view.features]

# Every aggregate over windows of a few buckets, so that generated streams cross every border of them.
NARROW: list[Json] = [
    {"name": "n__count", "aggregate": "count", "window_ms": 5000, "resolution_ms": 1000, "filter": {}},
    {"name": "n__sum", "aggregate": "sum", "of": "amount_usd_minor", "window_ms": 60_000, "resolution_ms": 7000},
    {"name": "n__mean", "aggregate": "mean", "of": "amount_usd_minor", "window_ms": 9000, "resolution_ms": 3000},
    {
        "name": "n__max",
        "aggregate": "max",
        "of": "amount_usd_minor",
        "window_ms": 10_000,
        "resolution_ms": 1000,
        "filter": {"leg": ["debit"]},
    },
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
    {"name": "n__first", "aggregate": "first_seen", "of": "device_id", "cap": 2, "filter": {"kind": ["transfer"]}},
    {"name": "n__since", "aggregate": "seconds_since_last"},
]

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
        "status": st.sampled_from(["completed", "attempted", "failed"]),
        "save": st.booleans(),
    }
)


@given(st.lists(steps, max_size=40), st.sampled_from([NARROW, DECLARED]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_kernel_equals_reference(kernel: KernelProcess, stream: list[Json], features: list[Json]) -> None:
    kernel.forget()
    kernel.configure(features)
    accounts: dict[str, ReferenceAccount] = {}
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
        )
        if step["save"]:
            kernel.save_and_restore()
        account = accounts.setdefault(step["account"], ReferenceAccount(features))
        expected = account.take(data)
        answers = kernel.take(event(data), EVENTS if step["number"] % 2 else HISTORY)
        if expected is None:
            assert answers == []
        else:
            told_decision = decision(answers)
            assert told_decision["features"] == expected
            assert told_decision["sequence"] == account.sequence


def test_hundreds_of_movements_within_one_window_stay_exact(kernel: KernelProcess) -> None:
    kernel.configure(DECLARED)
    account = ReferenceAccount(DECLARED)
    for number in range(700):
        late = 90_000 if number % 7 == 0 else 0
        data = movement(
            number,
            START + timedelta(seconds=number * 613 - late),
            amount_usd_minor=number * 37 % 1000,
            counterparty_id=f"m{number % 90}",
        )
        answers = kernel.take(event(data), HISTORY)
        assert decision(answers)["features"] == account.take(data)


def test_a_movement_taken_long_ago_is_still_known_among_the_last_256(kernel: KernelProcess) -> None:
    for number in range(256):
        kernel.take(event(movement(number, START + timedelta(days=number))))
    assert kernel.take(event(movement(0, START + timedelta(days=300)))) == []
    assert told(kernel.take(event(movement(300, START + timedelta(days=300)))), "transaction.scores")
