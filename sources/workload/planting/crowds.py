"""Cases of several payments in a history: takeovers, laundering by many and its honest look-alikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import HOUR, Columns, Flags, Integers, stack
from sources.workload.household import transfer_legs
from sources.workload.movements import Numbers
from sources.workload.planting.cases import Planted, planted
from sources.workload.planting.flows import CASH, HUB, ONCE, OUTSIDE, Drawn, Flow, flows_of
from sources.workload.planting.fraud import COUNTRIES, CardWorld
from sources.workload.planting.legs import cash_in, received, sent
from sources.workload.planting.parameters import (
    FAN_IN_ONE_IN,
    FAN_OUT_ONE_IN,
    LANDLORD_ONE_IN,
    PAYROLL_ONE_IN,
    POT_ONE_IN,
    SMURFING_ONE_IN,
    TAKEOVER_ONE_IN,
)
from sources.workload.planting.shapes import USUAL, Shapes
from sources.workload.population import Members
from sources.workload.sizes import Size
from sources.workload.streams import choose, money

# Cases: one for so many members.
_ONE_IN = {
    "account_takeover": TAKEOVER_ONE_IN,
    "fan_in": FAN_IN_ONE_IN,
    "fan_out": FAN_OUT_ONE_IN,
    "smurfing": SMURFING_ONE_IN,
    "benign_tontine_pot": POT_ONE_IN,
    "benign_payroll": PAYROLL_ONE_IN,
    "benign_landlord": LANDLORD_ONE_IN,
}
_LONGEST = 5  # days that a round may take
_POT_DAYS, _MOST_POTS = 28, 4
_PAY_DAYS = 14


@dataclass(frozen=True)
class _Payments:
    """Payments of all cases of a kind; `sender` and `receiver` are positions of members, OUTSIDE or CASH."""

    case: Integers
    at: Integers
    amount: Integers
    sender: Integers
    receiver: Integers

    def only(self, rows: Flags) -> _Payments:
        return _Payments(self.case[rows], self.at[rows], self.amount[rows], self.sender[rows], self.receiver[rows])


def plant_crowds(
    rng: np.random.Generator,
    size: Size,
    members: Members,
    calendar: Calendar,
    numbers: Numbers,
    shapes: Shapes = USUAL,
) -> list[Planted]:
    """Every such kind but the takeovers, which need a stranger's device."""
    drawn = {kind: draw for kind, draw in flows_of(shapes).items() if kind != "account_takeover"}
    return [
        plant_flow(rng, kind, members, calendar, numbers, size.cases(_ONE_IN[kind], at_least=1), draw)
        for kind, draw in drawn.items()
    ]


def plant_takeovers(  # noqa: PLR0913, PLR0917 - the ground, and the shape
    rng: np.random.Generator,
    size: Size,
    members: Members,
    calendar: Calendar,
    numbers: Numbers,
    ground: CardWorld,
    shapes: Shapes = USUAL,
) -> Planted:
    """Each case from a device and a country of its own."""
    cases = size.cases(TAKEOVER_ONE_IN, at_least=3)
    kind = "account_takeover"
    plant = plant_flow(rng, kind, members, calendar, numbers, cases, flows_of(shapes)[kind])
    _, case = np.unique(plant.case.astype(str), return_inverse=True)
    plant.rows["device_id"] = ground.new_device(cases)[case]
    plant.rows["ip_country"] = choose(rng, COUNTRIES, cases)[case]
    return plant


def plant_flow(  # noqa: PLR0913, PLR0917 - the ground, and how much of what
    rng: np.random.Generator,
    kind: str,
    members: Members,
    calendar: Calendar,
    numbers: Numbers,
    cases: int,
    draw: Drawn,
) -> Planted:
    """Cases of one kind, of the shape that `draw` draws."""
    when = [_when(rng, kind, calendar) for _ in range(cases)]
    drawn = [draw(rng, rounds) for _, rounds in when]
    people = [rng.choice(len(members), flow.people, replace=False) for flow in drawn]
    zone = members.zone[[who[HUB] for who in people]]
    begin = calendar.instants(np.array([day for day, _ in when]), rng.uniform(8, 15, cases) * 3600, zone)
    parts = [
        _payments(case, flow, who, at)
        for case, (flow, who, at) in enumerate(zip(drawn, people, begin.tolist(), strict=True))
    ]
    rows, case_of = _rendered(rng, members, numbers, _stacked(parts))
    return planted(rows, kind, "diasporacore", case_of)


def _when(rng: np.random.Generator, kind: str, calendar: Calendar) -> tuple[int, tuple[float, ...]]:
    """The day on which a case begins, and the hours after it at which its rounds do."""
    last = calendar.days - _LONGEST
    if kind == "benign_tontine_pot":
        count = int(rng.integers(2, _MOST_POTS + 1))
        day = int(rng.integers(1, last - _POT_DAYS * (count - 1)))
        return day, tuple(24.0 * _POT_DAYS * number for number in range(count))
    if kind == "benign_payroll":
        day = int(rng.integers(0, _PAY_DAYS))
        return day, tuple(24.0 * after for after in range(0, last - day, _PAY_DAYS))
    if kind == "benign_landlord":
        firsts = [number for number, date in enumerate(calendar.dates()[:last]) if date.day == 1]
        return firsts[0], tuple(24.0 * (number - firsts[0]) for number in firsts)
    return int(rng.integers(1, last)), ONCE


def _payments(case: int, flow: Flow, people: Integers, begin: int) -> _Payments:
    return _Payments(
        case=np.full(len(flow.hours), case),
        at=begin + (flow.hours * HOUR).astype(np.int64),
        amount=money(flow.amount),
        sender=np.where(flow.sender >= HUB, people[flow.sender], flow.sender),
        receiver=np.where(flow.receiver >= HUB, people[flow.receiver], flow.receiver),
    )


def _stacked(parts: list[_Payments]) -> _Payments:
    names = ("case", "at", "amount", "sender", "receiver")
    return _Payments(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _rendered(
    rng: np.random.Generator, members: Members, numbers: Numbers, payments: _Payments
) -> tuple[Columns, Integers]:
    """The movements, and of each its case."""
    between = payments.only((payments.sender >= HUB) & (payments.receiver >= HUB))
    cash = payments.only(payments.sender == CASH)
    came = payments.only(payments.sender == OUTSIDE)
    went = payments.only(payments.receiver == OUTSIDE)
    ids = numbers.take(len(between.case))
    parts = [
        transfer_legs(ids, members, between.sender, between.receiver, between.amount, between.at),
        cash_in(rng, members, cash.receiver, cash.amount, cash.at, numbers),
        received(rng, members, came.receiver, came.amount, came.at, numbers),
        sent(rng, members, went.sender, went.amount, went.at, numbers),
    ]
    return stack(parts), np.concatenate([between.case, between.case, cash.case, came.case, went.case])
