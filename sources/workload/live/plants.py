"""Fraud and laundering within a block of live traffic: the same patterns as in the history, in less time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from sources.workload.live.actions import Action, decimal, movement, new_device, payment
from sources.workload.live.pool import Pool, Row
from sources.workload.planting.laundering import rapid_amounts, structuring_amounts
from sources.workload.planting.legs import outside_party
from sources.workload.streams import happens

# Cases for each movement of the traffic.
LARGE = 0.0026
COMPROMISED = 0.0026
STRUCTURING = 0.0009
RAPID = 0.0009
_COUNTRIES = ("US", "RO", "BR", "RU", "VN")
_FEWEST_HOLDERS, _MOST_HOLDERS = 4, 7


def plant(rng: np.random.Generator, pool: Pool, run: str, count: int) -> list[Action]:
    """The planted actions of a block of `count` movements, with their places in it."""
    laundering = _parties(rng, pool, _cases(rng, count, STRUCTURING) + _cases(rng, count, RAPID))
    half = len(laundering) // 2
    return [
        *_large(rng, pool, run, _cases(rng, count, LARGE)),
        *_compromised(rng, pool, run, _cases(rng, count, COMPROMISED)),
        *(action for case, row in enumerate(laundering[:half]) for action in _structuring(rng, row, f"{run}-s{case}")),
        *(action for case, row in enumerate(laundering[half:]) for action in _rapid(rng, row, f"{run}-r{case}")),
    ]


def _cases(rng: np.random.Generator, count: int, share: float) -> int:
    return max(1, int(count * share + rng.random()))


def _large(rng: np.random.Generator, pool: Pool, run: str, count: int) -> Iterator[Action]:
    for case, past in enumerate(_victims(rng, pool, count)):
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
        at_branch = happens(rng, 0.5)
        row = movement(
            past,
            decimal(amount),
            kind="cash_in",
            leg="credit",
            channel="branch" if at_branch else "atm",
            counterparty_id=None,
            counterparty_country=None,
            device_id=None,
            ip_country=None,
            terminal_id=None if at_branch else f"atm-{int(rng.integers(0, 40)):03d}",
        )
        yield Action("movements", [row], place, "structuring", case)


def _rapid(rng: np.random.Generator, past: Row, case: str) -> Iterator[Action]:
    received, sent = rapid_amounts(rng)
    begin = float(rng.uniform(0.05, 0.7))
    money = {"kind": "transfer", "terminal_id": None, "counterparty_country": "CA"}
    credit = movement(
        past,
        decimal(received),
        leg="credit",
        channel="partner",
        counterparty_id=str(outside_party(rng, 1)[0]),
        device_id=None,
        ip_country=None,
        **money,
    )
    yield Action("movements", [credit], begin, "rapid_movement", case)
    for amount, place in zip(sent.tolist(), np.sort(rng.uniform(begin + 0.03, 0.99, len(sent))).tolist(), strict=True):
        debit = movement(
            past, decimal(amount), leg="debit", channel="app", counterparty_id=str(outside_party(rng, 1)[0]), **money
        )
        yield Action("movements", [debit], place, "rapid_movement", case)


def holder(past: Row) -> str:
    """The account that a past movement or payment belongs to."""
    account: str = past.get("card_account_id") or past["account_id"]
    return account


def _thief(rng: np.random.Generator, run: str) -> Row:
    return {
        "channel": "card_not_present",
        "device_id": new_device(rng, run),
        "ip_country": _COUNTRIES[int(rng.integers(0, len(_COUNTRIES)))],
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


def _parties(rng: np.random.Generator, pool: Pool, count: int) -> list[Row]:
    rows = {row["account_id"]: row for row in pool.cards}
    accounts = sorted(rows)
    return [rows[accounts[index]] for index in rng.permutation(len(accounts))[:count].tolist()]
