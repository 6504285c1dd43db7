"""Tontines of a history: rounds in their rhythm, pots that come out even, and trouble for causes that can be seen."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.workload.calendars import microseconds
from sources.workload.columns import DAY, NEVER, Columns, take
from sources.workload.sizes import parse_size
from sources.workload.world import World, build_world
from tests.unit.sources.worlds import AS_OF, world

END = microseconds(AS_OF)


def rows(built: World, name: str) -> Columns:
    return built.tables["diasporacore", name]


def by_round(contributions: Columns) -> list[tuple[str, int]]:
    return list(zip(contributions["group_id"].tolist(), contributions["round"].tolist(), strict=True))


@given(seed=st.integers(0, 2**31))
@settings(max_examples=4)
def test_every_pot_comes_out_even(seed: int) -> None:
    built = build_world(seed, parse_size("tiny"), AS_OF)
    pots = {*rows(built, "tontine_groups")["pot_account_id"].tolist()}
    moved = take(
        rows(built, "account_transactions"), np.isin(rows(built, "account_transactions")["account_id"], [*pots])
    )
    signed = np.where(moved["leg"] == "credit", 1, -1) * moved["amount"]
    contributions, payouts = rows(built, "tontine_contributions"), rows(built, "tontine_payouts")
    paid: Counter[tuple[str, int]] = Counter()
    for key, amount, status in zip(
        by_round(contributions), contributions["amount"].tolist(), contributions["status"].tolist(), strict=True
    ):
        paid[key] += amount if status in {"paid", "late"} else 0
    for key, amount, status in zip(
        by_round(payouts), payouts["amount"].tolist(), payouts["status"].tolist(), strict=True
    ):
        if status == "completed":
            assert paid.pop(key) == amount
    assert signed.sum() == sum(paid.values())  # what is in the pots of open rounds


def test_each_round_has_a_contribution_of_every_member_and_one_payout_to_whose_turn_it_is() -> None:
    built = world(7, "small")
    members, contributions, payouts = (
        rows(built, name) for name in ("tontine_members", "tontine_contributions", "tontine_payouts")
    )
    size = Counter(members["group_id"].tolist())
    assert all(count == size[group] for (group, _), count in Counter(by_round(contributions)).items())
    assert sorted(by_round(payouts)) == sorted(set(by_round(contributions)))
    turn = {
        (group, number): user
        for group, number, user in zip(members["group_id"], members["payout_round"], members["user_id"], strict=True)
    }
    assert all(turn[key] == user for key, user in zip(by_round(payouts), payouts["user_id"].tolist(), strict=True))
    assert max(Counter(members["user_id"].tolist()).values()) == 1


def test_rounds_follow_the_rhythm() -> None:
    built = world(7, "small")
    groups, payouts = rows(built, "tontine_groups"), rows(built, "tontine_payouts")
    rhythm = dict(zip(groups["group_id"], groups["rhythm"], strict=True))
    assert set(rhythm.values()) == {"weekly", "biweekly", "monthly"}
    for group, kind in rhythm.items():
        due = payouts["due_date"][payouts["group_id"] == group].astype("datetime64[D]")
        gaps = set(np.diff(due).astype(int).tolist())
        assert gaps <= {"weekly": {7}, "biweekly": {14}, "monthly": {28, 29, 30, 31}}[kind]


def test_a_contribution_is_paid_in_time_late_within_the_grace_or_missed() -> None:
    contributions = rows(world(7, "small"), "tontine_contributions")
    midnight = contributions["due_date"].astype("datetime64[us]").astype(np.int64)
    after = contributions["paid_at"] - midnight
    status = contributions["status"]
    assert (after[status == "paid"] < 1.4 * DAY).all()  # the day of the due date, in the west of Canada
    assert ((after[status == "late"] > 1.1 * DAY) & (after[status == "late"] < 3.4 * DAY)).all()
    assert (contributions["paid_at"][np.isin(status.astype(str), ["due", "missed"])] == NEVER).all()
    assert (contributions["updated_at"] <= END).all()
    assert 0.75 < (status == "paid").mean() < 0.95
    assert set(status.tolist()) == {"paid", "late", "missed", "due"}


def test_what_was_paid_names_its_movement() -> None:
    built = world(7, "small")
    moved = rows(built, "account_transactions")
    amount = dict(zip(moved["transaction_id"], moved["amount"], strict=True))
    for name in ("tontine_contributions", "tontine_payouts"):
        table = rows(built, name)
        paid = np.isin(table["status"].astype(str), ["paid", "late", "completed"])
        assert [amount[one] for one in table["transaction_id"][paid].tolist()] == table["amount"][paid].tolist()
        assert set(table["transaction_id"][~paid].tolist()) <= {None}


def test_who_had_the_pot_misses_more_often_and_so_does_who_has_a_poor_credit_history() -> None:
    built = world(7, "200000")
    members, contributions = rows(built, "tontine_members"), rows(built, "tontine_contributions")
    turn = dict(zip(members["user_id"], members["payout_round"], strict=True))
    after = np.array([turn[user] for user in contributions["user_id"].tolist()]) < contributions["round"]
    missed = contributions["status"] == "missed"
    assert missed[after].mean() > 2 * missed[~after].mean()
    loans = rows(built, "loans")
    scores = dict(zip(loans["user_id"].tolist(), loans["applied_bureau_score"].tolist(), strict=True))
    known = np.array([scores.get(user) or 0 for user in contributions["user_id"].tolist()])
    poor, good = (known > 0) & (known < 600), known >= 700
    assert missed[poor].mean() > missed[good].mean()


def test_default_is_a_missed_contribution_after_the_pot_or_two() -> None:
    built = world(7, "small")
    members, contributions = rows(built, "tontine_members"), rows(built, "tontine_contributions")
    turn = dict(zip(members["user_id"], members["payout_round"], strict=True))
    blame: Counter[str] = Counter()
    for user, number, status in zip(*(contributions[name] for name in ("user_id", "round", "status")), strict=True):
        blame[user] += (1 + (number > turn[user])) * (status == "missed")
    expected = {user for user, weight in blame.items() if weight >= 2}
    assert expected
    assert set(members["user_id"][members["status"] == "defaulted"].tolist()) == expected


@pytest.mark.parametrize("size", ["small", "200000"])
def test_disputes_have_an_outcome_when_they_are_resolved_and_only_then(size: str) -> None:
    disputes = rows(world(7, size), "tontine_disputes")
    resolved = disputes["status"] == "resolved"
    assert ((disputes["resolved_at"] != NEVER) == resolved).all()
    assert ([one is not None for one in disputes["outcome"].tolist()] == resolved).all()
    assert (disputes["opened_at"] <= END).all()
    assert np.median((disputes["resolved_at"] - disputes["opened_at"])[resolved]) < timedelta(days=25) // timedelta(
        microseconds=1
    )
