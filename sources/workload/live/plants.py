"""Fraud and laundering within a block of live traffic: the same patterns as in the history, in less time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from sources.workload.live.actions import Action, decimal, movement, new_device, payment
from sources.workload.live.crowds import CASES, People, plant_flow
from sources.workload.live.legs import deposit, received, sent
from sources.workload.live.pool import Pool, Row
from sources.workload.planting.fraud import COUNTRIES, stolen_purchases
from sources.workload.planting.laundering import rapid_amounts, structuring_amounts
from sources.workload.streams import happens

# Cases for each movement of the traffic; of compromised terminals, payments.
LARGE = 0.0019
COMPROMISED = 0.0019
STOLEN = 0.0002
STRUCTURING = 0.0009
RAPID = 0.0009
# A short block keeps room for honest movements, and has fewer kinds.
_MOST = 0.75
_FEWEST_HOLDERS, _MOST_HOLDERS = 4, 7


def plant(rng: np.random.Generator, pool: Pool, run: str, count: int) -> list[Action]:
    """The planted actions of a block of `count` movements, with their places in it."""
    actions: list[Action] = []
    room = count * _MOST
    for case in _all(rng, pool, run, count):
        room -= sum(action.weight for action in case)
        if room < 0:
            break
        actions += case
    return actions


def _all(rng: np.random.Generator, pool: Pool, run: str, count: int) -> Iterator[list[Action]]:
    """Cases, each whole; of compromised terminals, all of them."""
    large, stolen = _cases(rng, count, LARGE), _cases(rng, count, STOLEN)
    victims = _victims(rng, pool, large + stolen)
    yield from ([action] for action in _large(rng, victims[:large], run))
    yield list(_compromised(rng, pool, run, _cases(rng, count, COMPROMISED)))
    people = People(rng, pool)
    for case, [past] in enumerate(people.take(1) for _ in range(_cases(rng, count, STRUCTURING))):
        yield list(_structuring(rng, past, f"{run}-s{case}"))
    for case, [past] in enumerate(people.take(1) for _ in range(_cases(rng, count, RAPID))):
        yield list(_rapid(rng, past, f"{run}-r{case}"))
    for case, past in enumerate(victims[large:]):
        yield list(_stolen(rng, pool, past, run, case))
    for kind, share in CASES.items():
        for case in range(_cases(rng, count, share)):
            yield plant_flow(rng, kind, people, run, case)


def _cases(rng: np.random.Generator, count: int, share: float) -> int:
    return max(1, int(count * share + rng.random()))


def _large(rng: np.random.Generator, victims: list[Row], run: str) -> Iterator[Action]:
    for case, past in enumerate(victims):
        usual = float(past["mean_amount"])
        amount = decimal(min(max(usual * rng.uniform(5, 16), rng.uniform(180, 420)), 9500))
        remote = happens(rng, 0.75)
        action = _misuse(past, amount, _thief(rng, run) if remote else past)
        action.position, action.kind, action.case = float(rng.uniform(0.05, 0.98)), "large_amount", f"{run}-l{case}"
        yield action


def _compromised(rng: np.random.Generator, pool: Pool, run: str, count: int) -> Iterator[Action]:
    """Cards that paid at a terminal which copies them; each terminal is a case with a thief of its own."""
    done = 0
    for case, place in enumerate(_places(rng, pool)):
        thief = _thief(rng, run)
        for past in place:
            for _ in range(1 + int(rng.binomial(1, 0.4))):
                if done >= count:
                    return
                done += 1
                amount = decimal(
                    min(max(float(past["mean_amount"]) * float(np.exp(rng.normal(np.log(2.4), 0.5))), 20), 4000)
                )
                action = _misuse(past, amount, thief if happens(rng, 0.7) else past)
                action.position, action.kind = float(rng.uniform(0.1, 0.98)), "compromised_terminal"
                action.case = f"{run}-c{case}"
                yield action


def _places(rng: np.random.Generator, pool: Pool) -> Iterator[list[Row]]:
    """Terminals with the holders that paid there, in both systems; not all of them are misused."""
    at: dict[str, dict[str, Row]] = defaultdict(dict)
    for past in (*pool.cards, *pool.payments):
        if past["terminal_id"] is not None:
            at[past["terminal_id"]].setdefault(holder(past), past)
    places = [sorted(rows.values(), key=holder) for _, rows in sorted(at.items()) if len(rows) >= _FEWEST_HOLDERS]
    for index in rng.permutation(len(places)).tolist():
        place = places[index]
        yield [place[row] for row in rng.permutation(len(place))[:_MOST_HOLDERS].tolist()]


def _structuring(rng: np.random.Generator, past: Row, case: str) -> Iterator[Action]:
    amounts = structuring_amounts(rng)
    places = np.sort(rng.uniform(0.05, 0.98, len(amounts)))
    for amount, place in zip(amounts.tolist(), places.tolist(), strict=True):
        yield Action("movements", [deposit(rng, past, decimal(amount))], place, "structuring", case)


def _rapid(rng: np.random.Generator, past: Row, case: str) -> Iterator[Action]:
    came, went = rapid_amounts(rng)
    begin = float(rng.uniform(0.05, 0.7))
    yield Action("movements", [received(rng, past, decimal(came))], begin, "rapid_movement", case)
    for amount, place in zip(went.tolist(), np.sort(rng.uniform(begin + 0.03, 0.99, len(went))).tolist(), strict=True):
        yield Action("movements", [sent(rng, past, decimal(amount))], place, "rapid_movement", case)


def _stolen(rng: np.random.Generator, pool: Pool, past: Row, run: str, case: int) -> Iterator[Action]:
    """Tests and purchases at several merchants: any for a member's card, those it knows for finflow's."""
    amounts, hours = stolen_purchases(rng)
    thief, begin, length = _thief(rng, run), float(rng.uniform(0.03, 0.85)), float(rng.uniform(0.02, 0.12))
    known = [row for row in pool.payments if row["card_account_id"] == past.get("card_account_id")]
    for amount, place in zip(amounts.tolist(), (begin + hours / hours.max() * length).tolist(), strict=True):
        if known:
            at = known[int(rng.integers(0, len(known)))]
        else:
            at = past | {"counterparty_id": pool.cards[int(rng.integers(0, len(pool.cards)))]["counterparty_id"]}
        action = _misuse(at, decimal(amount), thief)
        action.position, action.kind, action.case = place, "stolen_card", f"{run}-d{case}"
        yield action


def holder(past: Row) -> str:
    """The account that a past movement or payment belongs to."""
    account: str = past.get("card_account_id") or past["account_id"]
    return account


def _thief(rng: np.random.Generator, run: str) -> Row:
    return {
        "channel": "card_not_present",
        "device_id": new_device(rng, run),
        "ip_country": COUNTRIES[int(rng.integers(0, len(COUNTRIES)))],
        "terminal_id": None,
    }


def _misuse(past: Row, amount: Decimal, how: Row) -> Action:
    changes = {name: how[name] for name in ("channel", "device_id", "ip_country", "terminal_id")}
    if "card_account_id" in past:
        return Action("payment", [payment(past, amount, **changes)], extra={"fails": False})
    return Action("movements", [movement(past, amount, **changes)])


def _victims(rng: np.random.Generator, pool: Pool, count: int) -> list[Row]:
    """Holders of both systems, each once while there are enough."""
    rows = [*pool.cards, *pool.payments]
    first = {holder(rows[index]): rows[index] for index in rng.permutation(len(rows)).tolist()}
    return list(first.values())[:count]
