"""Cases of several payments within a block of live traffic: takeovers, laundering by many, and honest look-alikes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sources.workload.live.actions import Action, decimal, new_device
from sources.workload.live.legs import between, deposit, received, sent
from sources.workload.live.pool import Pool, Row
from sources.workload.planting.flows import CASH, FLOWS, ONCE, OUTSIDE, Flow
from sources.workload.planting.fraud import COUNTRIES

# Cases for each movement of the traffic.
CASES = {
    "account_takeover": 0.0004,
    "fan_in": 0.0002,
    "fan_out": 0.0002,
    "smurfing": 0.0002,
    "benign_tontine_pot": 0.0002,
    "benign_payroll": 0.0002,
    "benign_landlord": 0.0002,
}


class People:
    """Members in a random order, each given once while there are enough."""

    def __init__(self, rng: np.random.Generator, pool: Pool) -> None:
        # One with a device, where a member used any: it will send money from it.
        rows = {row["account_id"]: row for row in sorted(pool.cards, key=lambda row: row["device_id"] is not None)}
        accounts = sorted(rows)
        self._rows = [rows[accounts[index]] for index in rng.permutation(len(accounts)).tolist()]
        self._given = 0

    def take(self, count: int) -> list[Row]:
        """The next members, by a past card payment of each."""
        places = range(self._given, self._given + count)
        self._given += count
        return [self._rows[place % len(self._rows)] for place in places]


def plant_flow(rng: np.random.Generator, kind: str, people: People, run: str, case: int) -> list[Action]:
    """One case of a kind, its hours squeezed into the block."""
    flow = FLOWS[kind](rng, ONCE)
    members = people.take(flow.people)
    begin, end = float(rng.uniform(0.03, 0.3)), float(rng.uniform(0.75, 0.98))
    places = begin + flow.hours / flow.hours.max() * (end - begin)
    stranger = {"device_id": new_device(rng, run), "ip_country": COUNTRIES[int(rng.integers(0, len(COUNTRIES)))]}
    rows = _rows(rng, flow, members, stranger if kind == "account_takeover" else {})
    name = f"{run}-{kind}{case}"
    return [Action("movements", one, place, kind, name) for one, place in zip(rows, places.tolist(), strict=True)]


def _rows(rng: np.random.Generator, flow: Flow, members: list[Row], changes: Row) -> Iterator[list[Row]]:
    payments = zip(flow.amount.tolist(), flow.sender.tolist(), flow.receiver.tolist(), strict=True)
    for value, sender, receiver in payments:
        amount = decimal(value)
        if sender == CASH:
            yield [deposit(rng, members[receiver], amount)]
        elif sender == OUTSIDE:
            yield [received(rng, members[receiver], amount)]
        elif receiver == OUTSIDE:
            yield [sent(rng, members[sender], amount, **changes)]
        else:
            yield between(members[sender], members[receiver], amount)
