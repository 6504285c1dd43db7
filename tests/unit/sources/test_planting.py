"""What is planted, kind by kind: each crime has its shape, each look-alike the same shape and no guilt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.workload.banking import build_banking
from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, HOUR, NEVER, Array, Columns, take
from sources.workload.planting import flows, parameters
from sources.workload.planting.cases import CARD_FRAUD, CRIMES, FRAUD, LAUNDERING, LOOK_ALIKES
from sources.workload.planting.flows import CASH, FLOWS, HUB, OUTSIDE, Flow
from sources.workload.planting.fraud import stolen_purchases
from sources.workload.planting.laundering import rapid_amounts, structuring_amounts
from sources.workload.planting.parameters import FanIn, Range, Structuring
from sources.workload.planting.shapes import USUAL
from sources.workload.sizes import HISTORY_DAYS, parse_size
from tests.unit.sources.worlds import AS_OF, world

BANK, SUITE = ("diasporacore", "account_transactions"), ("finflow", "payments")
SEEDS = st.integers(0, 2**31)


COLUMNS = (
    *("transaction_id", "leg", "account_id", "counterparty_id", "amount", "occurred_at", "kind", "channel"),
    *("device_id", "ip_country", "terminal_id"),
)


def cases(kind: str, size: str = "30000") -> Iterator[Columns]:
    """The movements of each whole case, in time."""
    built = world(7, size)
    bank, suite = built.tables[BANK], built.tables[SUITE]
    rows = {name: np.concatenate([bank[name], _of_suite(suite, name)]) for name in COLUMNS}
    rows = take(rows, np.argsort(rows["occurred_at"], kind="stable"))
    case_of = {
        (name, leg): case
        for name, leg, case, planted in zip(
            *(built.truth[column].tolist() for column in ("transaction_id", "leg", "case_id", "kind")), strict=True
        )
        if planted == kind
    }
    found = [case_of.get(key) for key in zip(rows["transaction_id"].tolist(), rows["leg"].tolist(), strict=True)]
    of_case = np.array(found, dtype=object)
    names = sorted({case for case in found if case is not None})
    assert names
    for case in names:
        yield take(rows, of_case == case)


def _of_suite(payments: Columns, name: str) -> Array:
    constant = {"leg": "debit", "kind": "card_payment"}
    renamed = {"transaction_id": "payment_id", "account_id": "card_account_id", "counterparty_id": "tenant_id"}
    if name in constant:
        return np.full(len(payments["payment_id"]), constant[name], dtype=object)
    return payments[renamed.get(name, name)]


def own_devices() -> set[str]:
    tables = world(7, "30000").tables
    members = len(tables["diasporacore", "users"]["user_id"])
    return set(tables["diasporacore", "devices"]["device_id"][:members].tolist())


# Frauds.


def test_a_takeover_sends_large_sums_to_strangers_from_a_strange_device_abroad() -> None:
    owned = own_devices()
    for rows in cases("account_takeover"):
        assert set(rows["kind"]) == {"transfer"}
        assert set(rows["leg"]) == {"debit"}
        assert len(set(rows["account_id"])) == len(set(rows["device_id"])) == len(set(rows["ip_country"])) == 1
        assert not set(rows["device_id"]) & owned
        assert "CA" not in rows["ip_country"]
        assert len(set(rows["counterparty_id"])) == len(rows["amount"]) >= 3
        assert rows["amount"].min() >= 90_000
        assert np.ptp(rows["occurred_at"]) <= 3 * HOUR


def test_stolen_details_are_tested_small_and_then_used_at_several_merchants_without_the_card() -> None:
    merchants = []
    for rows in cases("stolen_card"):
        assert set(rows["channel"]) == {"card_not_present"}
        assert len(set(rows["account_id"])) == len(set(rows["device_id"])) == 1
        assert rows["amount"][0] <= 500
        assert rows["amount"].max() >= 8_000
        assert np.ptp(rows["occurred_at"]) <= 1.5 * HOUR
        merchants.append(len(set(rows["counterparty_id"])))
    assert np.mean(merchants) > 2


def test_copies_of_cards_are_used_at_the_one_terminal_that_copied_them() -> None:
    used = [set(rows["terminal_id"].tolist()) - {None} for rows in cases("compromised_terminal", "small")]
    assert max(map(len, used)) == 1
    assert sum(map(len, used)) >= 4


def test_a_merchants_terminal_copies_only_cards_that_were_put_into_it() -> None:
    built = world(7, "small")
    payments, planted = built.tables[SUITE], set(built.truth["transaction_id"].tolist())
    honest = take(payments, np.array([name not in planted for name in payments["payment_id"].tolist()]))
    at: dict[str, set[str]] = defaultdict(set)
    for card, terminal in zip(honest["card_account_id"].tolist(), honest["terminal_id"].tolist(), strict=True):
        at[terminal].add(card)
    for rows in cases("compromised_terminal", "small"):
        for terminal in {one for one in rows["terminal_id"].tolist() if one is not None and one.startswith("merchant")}:
            assert set(rows["account_id"].tolist()) <= at[terminal]


def test_about_six_in_a_thousand_card_payments_are_fraud_of_three_kinds() -> None:
    built = world(7, "30000")
    payments = (built.tables[BANK]["kind"] == "card_payment").sum() + len(built.tables[SUITE]["payment_id"])
    share = {kind: (built.truth["kind"] == kind).sum() / payments for kind in CARD_FRAUD}
    assert 0.004 < sum(share.values()) < 0.009
    assert min(share.values()) > 0.001


# Laundering by many.


def test_fan_in_brings_many_senders_to_one_account_within_two_days() -> None:
    for rows in cases("fan_in"):
        came = take(rows, rows["leg"] == "credit")
        assert len(set(came["account_id"])) == 1
        assert len(set(came["counterparty_id"])) == len(came["amount"]) >= 7
        assert np.ptp(came["occurred_at"]) <= 48 * HOUR


def test_fan_out_takes_one_account_to_many_receivers_within_two_days() -> None:
    for rows in cases("fan_out"):
        went = take(rows, rows["leg"] == "debit")
        assert len(set(went["account_id"])) == 1
        assert len(set(went["counterparty_id"])) == len(went["amount"]) >= 7
        assert np.ptp(went["occurred_at"]) <= 36 * HOUR


def test_smurfing_gathers_one_sum_above_the_threshold_from_cash_below_it() -> None:
    for rows in cases("smurfing"):
        cash = take(rows, rows["kind"] == "cash_in")
        sent = take(rows, (rows["kind"] == "transfer") & (rows["leg"] == "debit"))
        received = take(rows, (rows["kind"] == "transfer") & (rows["leg"] == "credit"))
        assert cash["amount"].max() < 1_000_000 < cash["amount"].sum()
        assert len(set(received["account_id"])) == 1
        assert set(sent["account_id"]) == set(cash["account_id"])
        assert len(set(sent["account_id"])) >= 3
        for account in set(sent["account_id"]):
            paid_in, passed_on = (part["occurred_at"][part["account_id"] == account] for part in (cash, sent))
            assert paid_in[0] < passed_on[0] <= paid_in[0] + 6 * HOUR


# Look-alikes.


def test_a_tontine_pot_gathers_equal_parts_and_gives_the_whole_to_one_of_them() -> None:
    informal = [rows for rows in cases("benign_tontine_pot") if set(rows["kind"]) == {"transfer"}]
    assert informal
    for rows in informal:
        came = Counter(rows["amount"][rows["leg"] == "credit"].tolist())
        part, pot = min(came), max(came)
        friends = came[part] / came[pot]  # in each round
        assert friends >= 5
        assert pot == part * (friends + 1)
        rounds = rows["occurred_at"][(rows["leg"] == "debit") & (rows["amount"] == pot)]
        assert (np.diff(np.sort(rounds)) > 20 * DAY).all()


def test_payroll_pays_the_same_people_every_second_week() -> None:
    for rows in cases("benign_payroll"):
        [employer] = set(rows["account_id"][rows["leg"] == "debit"])
        for account in set(rows["account_id"]) - {employer}:
            paid = take(rows, rows["account_id"] == account)
            assert np.ptp(paid["amount"]) < 0.4 * paid["amount"].mean()
            assert (np.abs(np.diff(np.sort(paid["occurred_at"])) - 14 * DAY) < DAY).all()


def test_tenants_pay_the_same_rent_in_the_first_days_of_each_month() -> None:
    for rows in cases("benign_landlord"):
        came = take(rows, rows["leg"] == "credit")
        assert len(set(came["account_id"])) == 1
        assert (
            len(set(zip(came["counterparty_id"], came["amount"], strict=True)))
            == len(set(came["counterparty_id"]))
            >= 6
        )
        days = came["occurred_at"].astype("datetime64[us]").astype("datetime64[D]")
        assert ((days - days.astype("datetime64[M]")).astype(int) < 5).all()


def test_nobody_calls_a_look_alike_fraud() -> None:
    built = world(7, "30000")
    honest = np.isin(built.truth["kind"].astype(str), LOOK_ALIKES)
    assert (built.truth["known_at"][honest] == NEVER).all()
    told = built.tables["diasporacore", "transaction_disputes"]
    accused = set(told["transaction_id"][told["label"] != "legitimate"].tolist())
    assert not accused & set(built.truth["transaction_id"][honest].tolist())


def test_labels_name_each_crime_by_its_sort() -> None:
    built = world(7, "30000")
    kind = dict(zip(built.truth["transaction_id"].tolist(), built.truth["kind"].tolist(), strict=True))
    told = built.tables["diasporacore", "transaction_disputes"]
    for name, label in zip(told["transaction_id"].tolist(), told["label"].tolist(), strict=True):
        planted = kind.get(name)
        assert label == ("fraud" if planted in FRAUD else "laundering" if planted in LAUNDERING else "legitimate")


@pytest.mark.parametrize("kind", [*LAUNDERING, "account_takeover", "benign_payroll", "benign_landlord"])
def test_there_is_a_case_for_each_few_hundred_members(kind: str) -> None:
    built = world(7, "small")
    members = len(built.tables["diasporacore", "users"]["user_id"])
    found = len(set(built.truth["case_id"][built.truth["kind"] == kind].tolist()))
    # The last part of the members may be too few for a case of their own.
    assert members / (found + 1) <= 400
    assert members / found >= 200


def test_a_world_may_be_planted_in_other_shapes() -> None:
    shapes = replace(USUAL, structuring=Structuring(parts=Range(8, 8)), fan_in=FanIn(senders=Range(20, 20)))
    truth = build_banking(7, parse_size("tiny"), Calendar(AS_OF, HISTORY_DAYS), shapes).truth
    for kind, count in (("structuring", 8), ("fan_in", 20)):
        came = (truth["kind"] == kind) & (truth["leg"] == "credit")
        assert set(Counter(truth["case_id"][came].tolist()).values()) == {count}


def test_crimes_and_look_alikes_are_apart() -> None:
    assert not set(CRIMES) & set(LOOK_ALIKES)
    assert all(kind.startswith("benign_") for kind in LOOK_ALIKES)


# Shapes, for any seed and with other parameters.


@given(seed=SEEDS, kind=st.sampled_from(sorted(FLOWS)), rounds=st.integers(1, 5))
def test_a_flow_is_money_between_different_parties(seed: int, kind: str, rounds: int) -> None:
    flow = FLOWS[kind](np.random.default_rng(seed), tuple(24.0 * 30 * number for number in range(rounds)))
    assert len(flow.hours) == len(flow.amount) == len(flow.sender) == len(flow.receiver)
    assert (flow.amount >= 1).all()
    assert (flow.hours >= 0).all()
    assert (flow.sender != flow.receiver).all()
    assert ((flow.sender >= HUB) | (flow.receiver >= HUB)).all()
    members = {*flow.sender.tolist(), *flow.receiver.tolist()} - {OUTSIDE, CASH}
    assert members == set(range(flow.people))


PERTURBED: list[Callable[[np.random.Generator], Flow]] = [
    lambda rng: flows.fan_in(rng, shape=replace(parameters.FAN_IN, senders=Range(3, 3))),
    lambda rng: flows.fan_out(rng, shape=replace(parameters.FAN_OUT, receivers=Range(3, 3))),
    lambda rng: flows.takeover(rng, shape=replace(parameters.TAKEOVER, transfers=Range(3, 3))),
    lambda rng: flows.landlord(rng, shape=replace(parameters.LANDLORD, tenants=Range(3, 3))),
    lambda rng: flows.payroll(rng, shape=replace(parameters.PAYROLL, people=Range(3, 3))),
    lambda rng: flows.tontine_pot(rng, shape=replace(parameters.TONTINE_POT, friends=Range(3, 3))),
]


@pytest.mark.parametrize("draw", PERTURBED)
def test_parameters_can_be_others(draw: Callable[[np.random.Generator], Flow]) -> None:
    assert len(draw(np.random.default_rng(1)).hours) == 3


@given(seed=SEEDS)
def test_amounts_keep_their_ranges_whatever_the_seed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    amounts, hours = stolen_purchases(rng)
    assert amounts[0] <= 5
    assert amounts[-1] >= 80
    assert (np.diff(hours) >= 0).all()
    parts = structuring_amounts(rng)
    assert parts.max() < 10_000
    came, went = rapid_amounts(rng)
    assert 0.8 * came <= went.sum() <= came
