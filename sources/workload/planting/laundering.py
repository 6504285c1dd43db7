"""Laundering by one member: cash paid in below the threshold in parts, and money that leaves as soon as it came."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import MINUTE, Columns, Floats, Integers, stack
from sources.workload.movements import Numbers
from sources.workload.planting.cases import Planted, planted
from sources.workload.planting.legs import cash_in, received, sent
from sources.workload.planting.parameters import RAPID, STRUCTURING, Rapid, Structuring
from sources.workload.population import Members
from sources.workload.streams import money


def structuring_amounts(rng: np.random.Generator, shape: Structuring = STRUCTURING) -> Floats:
    """The parts of one sum: each below CAD 10,000, together above."""
    parts = shape.parts.count(rng)
    total = shape.total.draw(rng)
    shares = rng.dirichlet(np.full(parts, 12.0))
    amounts: Floats = np.round((shares * total).clip(700, shape.largest) / 50) * 50
    return amounts


def rapid_amounts(rng: np.random.Generator, shape: Rapid = RAPID) -> tuple[float, Floats]:
    """What comes in, and the parts in which most of it leaves."""
    usual = np.exp(rng.normal(np.log(shape.median), 0.4))
    came = float(np.round(usual.clip(shape.received.low, shape.received.high), 2))
    shares = rng.dirichlet(np.full(shape.parts.count(rng), 8.0))
    return came, np.round(came * shape.passed_on.draw(rng) * shares, 2)


def plant_structuring(
    rng: np.random.Generator,
    members: Members,
    calendar: Calendar,
    numbers: Numbers,
    cases: int,
    shape: Structuring = STRUCTURING,
) -> Planted:
    """Deposits of one member within a day, at branches and machines."""
    parties = rng.choice(len(members), cases, replace=False)
    parts: list[Columns] = []
    case_of: list[Integers] = []
    for case, party in enumerate(parties.tolist()):
        amounts = structuring_amounts(rng, shape)
        count = len(amounts)
        day = np.full(count, int(rng.integers(2, calendar.days - 1)))
        who = np.full(count, party)
        seconds = np.sort(rng.uniform(8.5, 19.5, count)) * 3600
        at = calendar.instants(day, seconds, members.zone[who])
        parts.append(cash_in(rng, members, who, money(amounts), at, numbers))
        case_of.append(np.full(count, case))
    return planted(stack(parts), "structuring", "diasporacore", np.concatenate(case_of))


def plant_rapid(
    rng: np.random.Generator,
    members: Members,
    calendar: Calendar,
    numbers: Numbers,
    cases: int,
    shape: Rapid = RAPID,
) -> Planted:
    """A transfer from outside, then transfers out within the hour."""
    parties = rng.choice(len(members), cases, replace=False)
    parts: list[Columns] = []
    case_of: list[Integers] = []
    for case, party in enumerate(parties.tolist()):
        came, went = rapid_amounts(rng, shape)
        who, count = np.array([party]), len(went)
        day = np.array([int(rng.integers(2, calendar.days - 1))])
        at = calendar.instants(day, rng.uniform(8, 21, 1) * 3600, members.zone[who])
        after = at[0] + np.sort(shape.minutes.draws(rng, count) * MINUTE).astype(np.int64)
        parts.append(received(rng, members, who, money(np.array([came])), at, numbers))
        parts.append(sent(rng, members, np.full(count, party), money(went), after, numbers))
        case_of.append(np.full(1 + count, case))
    return planted(stack(parts), "rapid_movement", "diasporacore", np.concatenate(case_of))
