"""The shape of each case that takes several payments: who pays whom, how much, how long after it began.

History and live traffic render the same shapes, each in its own time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from sources.workload.columns import Floats, Integers
from sources.workload.planting.parameters import (
    FAN_IN,
    FAN_OUT,
    LANDLORD,
    PAYROLL,
    SMURFING,
    TAKEOVER,
    TONTINE_POT,
    FanIn,
    FanOut,
    Landlord,
    Payroll,
    Smurfing,
    Takeover,
    TontinePot,
)
from sources.workload.planting.shapes import USUAL, Shapes
from sources.workload.streams import chance

HUB = 0  # the one in the middle
OUTSIDE = -1  # an account at another bank
CASH = -2  # the counter or a machine

ONCE = (0.0,)


@dataclass(frozen=True)
class Flow:
    """Payments in any order; `sender` and `receiver` number the people of the case, or are OUTSIDE or CASH."""

    hours: Floats
    amount: Floats
    sender: Integers
    receiver: Integers

    @property
    def people(self) -> int:
        """How many members take part."""
        return int(max(self.sender.max(), self.receiver.max())) + 1


# Draws one case; the numbers are the hours at which its rounds begin, for what repeats.
Drawn = Callable[[np.random.Generator, Sequence[float]], Flow]


def takeover(rng: np.random.Generator, _rounds: Sequence[float] = ONCE, shape: Takeover = TAKEOVER) -> Flow:
    """Out of one account, one after the other, to accounts elsewhere."""
    count, span = shape.transfers.count(rng), shape.span.draw(rng)
    hours = np.sort(rng.random(count)) * span
    return Flow(hours, _cents(shape.amount.draws(rng, count)), _same(count, HUB), _same(count, OUTSIDE))


def fan_in(rng: np.random.Generator, _rounds: Sequence[float] = ONCE, shape: FanIn = FAN_IN) -> Flow:
    """Many to one."""
    count = shape.senders.count(rng)
    return Flow(
        rng.random(count) * shape.span.draw(rng),
        _cents(shape.amount.draws(rng, count)),
        _others(rng, count, shape.outside),
        _same(count, HUB),
    )


def fan_out(rng: np.random.Generator, _rounds: Sequence[float] = ONCE, shape: FanOut = FAN_OUT) -> Flow:
    """One to many."""
    count = shape.receivers.count(rng)
    return Flow(
        rng.random(count) * shape.span.draw(rng),
        _cents(shape.amount.draws(rng, count)),
        _same(count, HUB),
        _others(rng, count, shape.outside),
    )


def smurfing(rng: np.random.Generator, _rounds: Sequence[float] = ONCE, shape: Smurfing = SMURFING) -> Flow:
    """Cash into several accounts, then from each of them to one."""
    count = shape.senders.count(rng)
    parts = rng.dirichlet(np.full(count, 12.0)) * shape.total.draw(rng)
    cash = np.round(parts.clip(500, shape.largest) / 20) * 20
    paid_in = rng.random(count) * shape.span.draw(rng)
    sent = np.round(cash * shape.passed_on.draws(rng, count))
    people = np.arange(1, count + 1)
    return Flow(
        np.concatenate([paid_in, paid_in + shape.wait.draws(rng, count)]),
        np.concatenate([cash, sent]),
        np.concatenate([_same(count, CASH), people]),
        np.concatenate([people, _same(count, HUB)]),
    )


def tontine_pot(rng: np.random.Generator, rounds: Sequence[float] = ONCE, shape: TontinePot = TONTINE_POT) -> Flow:
    """Each round, equal parts of friends to one of them, and the pot from there to the next in turn."""
    friends = shape.friends.count(rng)
    part = float(np.round(shape.amount.draw(rng) / 10) * 10)
    people = np.arange(1, friends)
    flows = []
    for turn, begin in enumerate(rounds):
        came = rng.random(len(people)) * shape.span.draw(rng)
        left = came.max() + shape.wait.draw(rng)
        flows.append(
            Flow(
                begin + np.append(came, left),
                np.append(np.full(len(people), part), part * friends),
                np.append(people, HUB),
                np.append(_same(len(people), HUB), people[turn % len(people)]),
            )
        )
    return _joined(flows)


def payroll(rng: np.random.Generator, rounds: Sequence[float] = ONCE, shape: Payroll = PAYROLL) -> Flow:
    """Each round, one pays the same people about the same."""
    count = shape.people.count(rng)
    usual = shape.amount.draws(rng, count)
    flows = [
        Flow(
            begin + rng.random(count) * shape.span.draw(rng),
            _cents(usual * rng.normal(1, shape.variation, count).clip(0.8, 1.2)),
            _same(count, HUB),
            np.arange(1, count + 1),
        )
        for begin in rounds
    ]
    return _joined(flows)


def landlord(rng: np.random.Generator, rounds: Sequence[float] = ONCE, shape: Landlord = LANDLORD) -> Flow:
    """Each round, the same people pay one the same."""
    count = shape.tenants.count(rng)
    rent = np.round(shape.amount.draws(rng, count) / 5) * 5
    flows = [
        Flow(begin + rng.random(count) * shape.span.draw(rng), rent, np.arange(1, count + 1), _same(count, HUB))
        for begin in rounds
    ]
    return _joined(flows)


def flows_of(shapes: Shapes) -> dict[str, Drawn]:
    """How each kind of several payments is drawn, by name."""
    return {
        "account_takeover": partial(takeover, shape=shapes.account_takeover),
        "fan_in": partial(fan_in, shape=shapes.fan_in),
        "fan_out": partial(fan_out, shape=shapes.fan_out),
        "smurfing": partial(smurfing, shape=shapes.smurfing),
        "benign_tontine_pot": partial(tontine_pot, shape=shapes.benign_tontine_pot),
        "benign_payroll": partial(payroll, shape=shapes.benign_payroll),
        "benign_landlord": partial(landlord, shape=shapes.benign_landlord),
    }


FLOWS = flows_of(USUAL)


def _joined(flows: list[Flow]) -> Flow:
    return Flow(
        np.concatenate([flow.hours for flow in flows]),
        np.concatenate([flow.amount for flow in flows]),
        np.concatenate([flow.sender for flow in flows]),
        np.concatenate([flow.receiver for flow in flows]),
    )


def _others(rng: np.random.Generator, count: int, outside: float) -> Integers:
    """Members, each another one, and some at other banks; the first is a member."""
    away = chance(rng, count, outside)
    away[0] = False
    return np.where(away, OUTSIDE, np.cumsum(~away))


def _same(count: int, role: int) -> Integers:
    return np.full(count, role, dtype=np.int64)


def _cents(amounts: Floats) -> Floats:
    rounded: Floats = np.round(amounts, 2)
    return rounded
