"""Of many decisions the online store gets the latest vector of each key that they had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feature_repo.vectors import ActivityRow, ActivityVector, Place, keep_latest, latest_of, places

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)

ROWS = st.lists(
    st.builds(
        lambda account, terminal, seconds, value: ActivityRow(
            keys={"account_id": account, "terminal_id": terminal},
            occurred_at=AT + timedelta(seconds=seconds),
            features={"x": value},
        ),
        st.sampled_from(["a", "b"]),
        st.sampled_from([None, "t", "u"]),
        st.integers(0, 3),
        st.integers(),
    ),
    max_size=12,
)


def row(seconds: int, value: float, **keys: str | None) -> ActivityRow:
    return ActivityRow(keys=keys, occurred_at=AT + timedelta(seconds=seconds), features={"x": value})


def test_of_several_rows_the_latest_of_each_key_is_kept_and_the_last_told_of_equals() -> None:
    rows = [
        row(0, 1, account_id="a", terminal_id="t"),
        row(-60, 2, account_id="a", terminal_id="u"),
        row(0, 3, account_id="b", terminal_id=None),
        row(0, 4, account_id="a"),
    ]
    assert {place: one["features"]["x"] for place, one in latest_of(rows).items()} == {
        ("account_activity", "a"): 4,
        ("account_activity", "b"): 3,
        ("terminal_activity", "t"): 1,
        ("terminal_activity", "u"): 2,
    }


def test_a_value_is_another_place_in_each_view() -> None:
    keys = {"account_id": "x", "customer_id": "x", "device_id": "x", "counterparty_id": None, "transaction_id": "x"}
    assert places(keys) == [("account_activity", "x"), ("customer_activity", "x"), ("device_activity", "x")]


@given(ROWS)
def test_each_key_has_the_last_of_its_latest_rows(rows: list[ActivityRow]) -> None:
    expected: dict[Place, ActivityRow] = {}
    for one in sorted(rows, key=lambda one: one["occurred_at"]):
        expected |= dict.fromkeys(places(one["keys"]), one)
    assert latest_of(rows) == expected


@given(ROWS, ROWS)
def test_rows_that_come_later_are_kept_beside_those_held(first: list[ActivityRow], second: list[ActivityRow]) -> None:
    held = latest_of(first)
    keep_latest(held, second)
    assert held == latest_of([*first, *second])


def test_the_age_of_a_vector_is_never_negative() -> None:
    vector = ActivityVector("a", AT, {})
    assert vector.age(AT + timedelta(seconds=5)) == timedelta(seconds=5)
    assert vector.age(AT - timedelta(seconds=5)) == timedelta(0)
