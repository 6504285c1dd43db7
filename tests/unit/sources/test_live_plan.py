"""The plan of a block of live traffic: the same for the same seed, planted cases in their order, people unhurried."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from sources.workload.live.actions import Action
from sources.workload.live.plan import plan_block
from sources.workload.live.plants import holder
from sources.workload.live.pool import Pool, Row
from sources.workload.planting.cases import KINDS

COUNT = 3000


def past(number: int, **changes: object) -> Row:
    member = number % 1200
    row = {
        "kind": "card_payment",
        "leg": "debit",
        "channel": "card_present",
        "tenant_id": "union",
        "account_id": f"account-{member:04d}",
        "customer_id": f"member-{member:04d}",
        "counterparty_id": f"shop-{number % 7}",
        "counterparty_country": "CA",
        "amount": Decimal("25.00"),
        "currency": "CAD",
        "device_id": None,
        "ip_country": None,
        "terminal_id": f"term-{number % 30}",
        "transaction_id": f"tx-{number}",
        "other_account_id": None,
        "corridor": None,
        "beneficiary_id": None,
        "mean_amount": Decimal("30.00"),
        "activity": 10,
    }
    return row | changes


def paid(number: int) -> Row:
    card = number % 1500
    return {
        "tenant_id": "merchant",
        "customer_id": f"customer-{card:04d}",
        "card_account_id": f"card-{card:04d}",
        "processor": "norte",
        "channel": "card_present",
        "terminal_id": f"merchant-t{number % 40}",
        "device_id": None,
        "ip_country": None,
        "amount": Decimal("40.00"),
        "fee_amount": Decimal("1.40"),
        "currency": "USD",
        "transaction_id": f"pay-{number}",
        "mean_amount": Decimal("40.00"),
        "activity": 10,
    }


POOL = Pool(
    [past(number, kind="cash_in", leg="credit") if number % 9 == 0 else past(number) for number in range(4000)],
    [paid(number) for number in range(3000)],
)


@pytest.fixture(scope="module")
def plan() -> list[Action]:
    return plan_block(8, 0, "run", POOL, COUNT)


def cases(plan: list[Action], kind: str) -> dict[str | None, list[Action]]:
    found = defaultdict(list)
    for action in plan:
        if action.kind == kind:
            found[action.case].append(action)
    return found


def test_the_same_seed_plans_the_same_traffic(plan: list[Action]) -> None:
    assert plan == plan_block(8, 0, "run", POOL, COUNT)
    assert plan != plan_block(9, 0, "run", POOL, COUNT)
    assert plan != plan_block(8, 1, "run", POOL, COUNT)


def test_it_has_the_movements_that_were_asked_for_in_order(plan: list[Action]) -> None:
    assert COUNT <= sum(action.weight for action in plan) <= COUNT + 1
    positions = [action.position for action in plan]
    assert positions == sorted(positions)
    assert 0 <= positions[0] < positions[-1] < 1


def test_ten_thousand_movements_have_enough_cases_to_measure() -> None:
    planted = Counter(action.kind for action in plan_block(8, 0, "run", POOL, 10_000))
    assert planted["large_amount"] >= 15
    assert planted["compromised_terminal"] >= 15
    full = plan_block(8, 0, "run", POOL, 10_000)
    assert len(cases(full, "structuring")) >= 5
    assert len(cases(full, "rapid_movement")) >= 5


def test_even_a_short_run_has_every_kind() -> None:
    assert {action.kind for action in plan_block(8, 0, "run", POOL, 300)} == {None, *KINDS}


def test_rapid_movement_comes_before_it_goes_and_is_one_party(plan: list[Action]) -> None:
    for actions in cases(plan, "rapid_movement").values():
        first, *rest = [action.rows[0] for action in actions]
        assert first["leg"] == "credit"
        assert {row["leg"] for row in rest} == {"debit"}
        assert {row["account_id"] for row in rest} == {first["account_id"]}
        assert sum(row["amount"] for row in rest) >= Decimal("0.8") * first["amount"]


def test_structuring_passes_the_threshold_in_parts_below_it(plan: list[Action]) -> None:
    for actions in cases(plan, "structuring").values():
        amounts = [action.rows[0]["amount"] for action in actions]
        assert max(amounts) < 10_000 < sum(amounts)


def test_a_takeover_comes_from_one_strange_device_abroad(plan: list[Action]) -> None:
    for actions in cases(plan, "account_takeover").values():
        rows = [action.rows[0] for action in actions]
        assert len({row["device_id"] for row in rows}) == len({row["account_id"] for row in rows}) == 1
        assert rows[0]["device_id"].startswith("device-run")
        assert rows[0]["ip_country"] not in {None, "CA"}
        assert len({row["counterparty_id"] for row in rows}) == len(rows)


def test_stolen_details_are_tested_before_they_are_used(plan: list[Action]) -> None:
    for actions in cases(plan, "stolen_card").values():
        amounts = [action.rows[0]["amount"] for action in actions]
        assert amounts[0] <= 5
        assert max(amounts) >= 80
        assert {action.rows[0]["channel"] for action in actions} == {"card_not_present"}


@pytest.mark.parametrize(("kind", "leg"), [("fan_in", "credit"), ("fan_out", "debit")])
def test_many_parties_meet_in_one_account(plan: list[Action], kind: str, leg: str) -> None:
    for actions in cases(plan, kind).values():
        rows = [row for action in actions for row in action.rows if row["leg"] == leg]
        assert len({row["account_id"] for row in rows}) == 1
        assert len({row["counterparty_id"] for row in rows}) >= 7


def test_smurfs_pay_cash_in_before_they_send_it(plan: list[Action]) -> None:
    for actions in cases(plan, "smurfing").values():
        deposited: set[str] = set()
        for row in (action.rows[0] for action in actions):
            if row["kind"] == "cash_in":
                deposited.add(row["account_id"])
            else:
                assert row["account_id"] in deposited


def test_a_pot_is_full_before_it_is_given_away(plan: list[Action]) -> None:
    for actions in cases(plan, "benign_tontine_pot").values():
        *parts, pot = [action.rows[0]["amount"] for action in actions]
        assert len(set(parts)) == 1
        assert pot == (len(parts) + 1) * parts[0]


def test_a_short_block_is_not_all_crime() -> None:
    plan = plan_block(8, 0, "run", POOL, 60)
    assert sum(action.weight for action in plan) <= 61
    assert sum(action.kind is None for action in plan) >= 10


# Before work hardly anything but salaries is there, and every month's is another past row.
PAYDAY = Pool(
    [past(number) for number in range(1200)]
    + [
        past(number, kind="transfer", leg="credit", channel="partner", counterparty_id="employer")
        for number in range(4000)
    ],
    [paid(number) for number in range(3000)],
)


@pytest.fixture(scope="module")
def payday() -> list[Action]:
    return plan_block(8, 0, "run", PAYDAY, COUNT)


def done(plan: list[Action], kind: str | None) -> list[Row]:
    return [row for action in plan if action.kind == kind for row in action.rows]


def test_people_are_not_hurried_planted_ones_included(plan: list[Action]) -> None:
    movements = Counter(holder(row) for action in plan for row in action.rows)
    assert not {holder(row) for row in done(plan, None) if movements[holder(row)] > 4}


def test_who_is_sent_money_has_time_for_it_too() -> None:
    sent = [past(number, kind="transfer", **receiver(number * 7 % 1200)) for number in range(4000)]
    plan = plan_block(8, 0, "run", Pool([*POOL.movements, *sent], POOL.payments), COUNT)
    movements = Counter(holder(row) for action in plan for row in action.rows)
    took_part = {holder(row) for row in done(plan, None)}
    assert sum(row.get("leg") == "credit" and row["kind"] == "transfer" for row in done(plan, None)) > 100
    assert not {account for account in took_part if movements[account] > 4}


def receiver(member: int) -> Row:
    name = f"member-{member:04d}"
    other = {"other_account_id": f"account-{member:04d}", "other_user_id": name, "other_tenant_id": "union"}
    return {"counterparty_id": name, **other}


def test_no_member_does_the_same_with_the_same_party_twice(plan: list[Action]) -> None:
    members = [row for row in done(plan, None) if "account_id" in row]
    assert len({(row["account_id"], row["kind"], row["counterparty_id"]) for row in members}) == len(members) > 1000


def test_money_comes_into_an_account_once(payday: list[Action]) -> None:
    salaries = Counter(row["account_id"] for row in done(payday, None) if row.get("leg") == "credit")
    assert len(salaries) > 500
    assert set(salaries.values()) == {1}


def test_what_is_planted_is_not_mixed_with_other_income(payday: list[Action]) -> None:
    laundering = {row["account_id"] for row in done(payday, "rapid_movement")}
    assert laundering.isdisjoint(row["account_id"] for row in done(payday, None) if row.get("leg") == "credit")


def test_cards_pay_when_members_have_no_time() -> None:
    members = Pool([past(number) for number in range(100)], PAYDAY.payments)
    ordinary = [action for action in plan_block(8, 0, "run", members, 1200) if action.kind is None]
    assert sum(action.step == "payment" for action in ordinary) > 0.8 * len(ordinary)
