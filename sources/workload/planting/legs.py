"""The movements that planted cases are made of: cash paid in, money from other banks and to them."""

from __future__ import annotations

import numpy as np

from sources.workload.columns import Array, Columns, Integers, full, where
from sources.workload.movements import Numbers, movements
from sources.workload.population import Members
from sources.workload.streams import chance, choose


def cash_in(
    rng: np.random.Generator, members: Members, who: Integers, amount: Integers, at: Integers, numbers: Numbers
) -> Columns:
    """Deposits at branches and machines."""
    count = len(who)
    branch = chance(rng, count, 0.5)
    machines = np.array([f"atm-{number:03d}" for number in rng.integers(0, 40, count).tolist()], dtype=object)
    return movements(
        numbers.take(count),
        members,
        who,
        leg="credit",
        kind="cash_in",
        channel=where(branch, full(count, "branch"), full(count, "atm")),
        amount=amount,
        at=at,
        terminal_id=where(~branch, machines),
    )


def received(
    rng: np.random.Generator, members: Members, who: Integers, amount: Integers, at: Integers, numbers: Numbers
) -> Columns:
    """Transfers from other banks."""
    return movements(
        numbers.take(len(who)),
        members,
        who,
        leg="credit",
        kind="transfer",
        channel="partner",
        amount=amount,
        at=at,
        counterparty_id=outside_party(rng, len(who)),
        counterparty_country="CA",
    )


def sent(
    rng: np.random.Generator, members: Members, who: Integers, amount: Integers, at: Integers, numbers: Numbers
) -> Columns:
    """Transfers to other banks, from the member's own device."""
    count = len(who)
    return movements(
        numbers.take(count),
        members,
        who,
        leg="debit",
        kind="transfer",
        channel="app",
        amount=amount,
        at=at,
        counterparty_id=outside_party(rng, count),
        counterparty_country=choose(rng, ("CA", "US"), count, (0.8, 0.2)),
        device_id=members.device[who],
        ip_country="CA",
    )


def outside_party(rng: np.random.Generator, count: int) -> Array:
    """Accounts at other banks."""
    return np.array([f"external-{number:06d}" for number in rng.integers(0, 10**6, count).tolist()], dtype=object)
