"""Laundering: cash paid in below the threshold in parts, and money that leaves as soon as it came."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import MINUTE, Array, Columns, Floats, Integers, full, stack, where
from sources.workload.movements import Numbers, movements
from sources.workload.planting.cases import Planted, planted
from sources.workload.population import Members
from sources.workload.streams import chance, choose, money


def structuring_amounts(rng: np.random.Generator) -> Floats:
    """The parts of one sum: each below CAD 10,000, together above."""
    parts = int(rng.integers(3, 7))
    total = rng.uniform(12_000, 27_000)
    shares = rng.dirichlet(np.full(parts, 12.0))
    amounts: Floats = np.round((shares * total).clip(700, 9_700) / 50) * 50
    return amounts


def rapid_amounts(rng: np.random.Generator) -> tuple[float, Floats]:
    """What comes in, and the one to three parts in which most of it leaves."""
    received = float(np.round(np.exp(rng.normal(np.log(6800), 0.4)).clip(2200, 19_000), 2))
    shares = rng.dirichlet(np.full(int(rng.integers(1, 4)), 8.0))
    return received, np.round(received * rng.uniform(0.84, 0.98) * shares, 2)


def plant_structuring(
    rng: np.random.Generator, members: Members, calendar: Calendar, numbers: Numbers, cases: int
) -> Planted:
    """Deposits of one member within a day, at branches and machines."""
    parties = rng.choice(len(members), cases, replace=False)
    parts: list[Columns] = []
    case_of: list[Integers] = []
    for case, party in enumerate(parties.tolist()):
        amounts = structuring_amounts(rng)
        count = len(amounts)
        day = np.full(count, int(rng.integers(2, calendar.days - 1)))
        who = np.full(count, party)
        seconds = np.sort(rng.uniform(8.5, 19.5, count)) * 3600
        at = calendar.instants(day, seconds, members.zone[who])
        parts.append(_cash_in(rng, members, who, amounts, at, numbers))
        case_of.append(np.full(count, case))
    return planted(stack(parts), "structuring", "diasporacore", np.concatenate(case_of))


def _cash_in(
    rng: np.random.Generator, members: Members, who: Integers, amounts: Floats, at: Integers, numbers: Numbers
) -> Columns:
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
        amount=money(amounts),
        at=at,
        terminal_id=where(~branch, machines),
    )


def plant_rapid(
    rng: np.random.Generator, members: Members, calendar: Calendar, numbers: Numbers, cases: int
) -> Planted:
    """A transfer from outside, then transfers out within the hour."""
    parties = rng.choice(len(members), cases, replace=False)
    parts: list[Columns] = []
    case_of: list[Integers] = []
    for case, party in enumerate(parties.tolist()):
        received, sent = rapid_amounts(rng)
        who = np.array([party])
        day = np.array([int(rng.integers(2, calendar.days - 1))])
        at = calendar.instants(day, rng.uniform(8, 21, 1) * 3600, members.zone[who])
        parts.append(_received(rng, members, who, received, at, numbers))
        parts.append(_sent(rng, members, np.full(len(sent), party), sent, int(at[0]), numbers))
        case_of.append(np.full(1 + len(sent), case))
    return planted(stack(parts), "rapid_movement", "diasporacore", np.concatenate(case_of))


def outside_party(rng: np.random.Generator, count: int) -> Array:
    """Accounts at other banks."""
    return np.array([f"external-{number:06d}" for number in rng.integers(0, 10**6, count).tolist()], dtype=object)


def _received(
    rng: np.random.Generator, members: Members, who: Integers, received: float, at: Integers, numbers: Numbers
) -> Columns:
    return movements(
        numbers.take(1),
        members,
        who,
        leg="credit",
        kind="transfer",
        channel="partner",
        amount=money(np.array([received])),
        at=at,
        counterparty_id=outside_party(rng, 1),
        counterparty_country="CA",
    )


def _sent(
    rng: np.random.Generator, members: Members, who: Integers, sent: Floats, after: int, numbers: Numbers
) -> Columns:
    count = len(who)
    return movements(
        numbers.take(count),
        members,
        who,
        leg="debit",
        kind="transfer",
        channel="app",
        amount=money(sent),
        at=after + np.sort(rng.uniform(3, 50, count) * MINUTE).astype(np.int64),
        counterparty_id=outside_party(rng, count),
        counterparty_country=choose(rng, ("CA", "US"), count, (0.8, 0.2)),
        device_id=members.device[who],
        ip_country="CA",
    )
