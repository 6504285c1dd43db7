"""Salaries, rent, cash and transfers between members: the monthly and weekly rhythm of a household."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import WAKING, Calendar, times_on
from sources.workload.columns import Array, Columns, Integers, choose_rows, full, stack, take, where
from sources.workload.movements import Numbers, movements
from sources.workload.population import BIWEEKLY, MONTHLY, Members
from sources.workload.streams import chance, choose, money, pick, stream

_BEFORE_WORK = np.array([0.0, 0, 0.5, 2, 4, 5, 4, 2, 1] + [0.0] * 15)
_CASH_MACHINES = 40
_CASH_TRADES = 0.02  # members with a trade who pay in their takings


def household(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    """Every such movement of the history."""
    parts = [
        _salaries(seed, members, calendar, numbers),
        _rents(seed, members, calendar, numbers),
        _cash_out(seed, members, calendar, numbers),
        _cash_in(seed, members, calendar, numbers),
        _takings(seed, members, calendar, numbers),
        _transfers(seed, members, calendar, numbers),
    ]
    rows = stack(parts)
    return take(rows, calendar.within(rows["occurred_at"]))


def _salaries(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    rng = stream(seed, "salaries")
    cohort = rng.integers(0, 2, len(members))
    dates, weekdays = calendar.dates(), calendar.weekdays()
    pairs = []
    for index, date in enumerate(dates):
        if weekdays[index] == 3:  # noqa: PLR2004 - Thursday
            due = (members.pay_rhythm == BIWEEKLY) & (cohort == date.isocalendar().week % 2)
            pairs.append((index, np.flatnonzero(due)))
        if date.day == 28:  # noqa: PLR2004 - exists in every month
            pairs.append((index, np.flatnonzero(members.pay_rhythm == MONTHLY)))
    day, who = _flatten(pairs)
    share = np.where(members.pay_rhythm[who] == BIWEEKLY, 12 / 26, 1.0)
    return movements(
        numbers.take(len(who)),
        members,
        who,
        leg="credit",
        kind="transfer",
        channel="partner",
        amount=money(members.income[who] * share * rng.normal(1, 0.03, len(who)).clip(0.7, 1.3)),
        at=times_on(rng, calendar, day, members.zone[who], _BEFORE_WORK),
        counterparty_id=_parties("employer", who % 37),
        counterparty_country="CA",
    )


def _rents(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    rng = stream(seed, "rents")
    tenants = np.flatnonzero(members.rents)
    day, who = _flatten([(day, tenants) for day, date in enumerate(calendar.dates()) if date.day == 1])
    base = (members.income * 0.33).clip(450, 2600)
    return movements(
        numbers.take(len(who)),
        members,
        who,
        leg="debit",
        kind="transfer",
        channel=choose(rng, ("web", "app"), len(who), (0.4, 0.6)),
        amount=money(np.round(base[who] / 5) * 5),
        at=times_on(rng, calendar, day, members.zone[who], WAKING),
        counterparty_id=_parties("landlord", who % 211),
        counterparty_country="CA",
        device_id=members.device[who],
        ip_country="CA",
    )


def _cash_out(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    rng = stream(seed, "cash out")
    who = pick(rng, members.activity, int(len(members) * 1.4))
    day = rng.integers(0, calendar.days + 1, len(who))
    return movements(
        numbers.take(len(who)),
        members,
        who,
        leg="debit",
        kind="cash_out",
        channel="atm",
        amount=money(20.0 * (1 + rng.geometric(0.22, len(who))).clip(1, 30)),
        at=times_on(rng, calendar, day, members.zone[who], WAKING),
        terminal_id=_parties("atm", rng.integers(0, _CASH_MACHINES, len(who))),
    )


def _cash_in(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    rng = stream(seed, "cash in")
    who = pick(rng, members.activity, int(len(members) * 0.7))
    day = rng.integers(0, calendar.days + 1, len(who))
    return _deposits(rng, members, calendar, numbers, (who, day, np.exp(rng.normal(np.log(180), 0.8, len(who)))))


def _takings(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    """Trades pay in their takings: once or twice a week, at times on one day in two parts."""
    rng = stream(seed, "takings")
    traders = np.flatnonzero(chance(rng, len(members), _CASH_TRADES))
    usual = np.exp(rng.normal(np.log(1900), 0.4, len(members)))
    days = [day for day, weekday in enumerate(calendar.weekdays()) if weekday in {0, 4}]
    day, who = _flatten([(day, choose_rows(rng, traders, 0.75)) for day in days])
    amount = usual[who] * np.exp(rng.normal(0, 0.25, len(who)))
    return _deposits(rng, members, calendar, numbers, (who, day, amount.clip(100, 9500)))


def _deposits(
    rng: np.random.Generator,
    members: Members,
    calendar: Calendar,
    numbers: Numbers,
    what: tuple[Integers, Integers, Array],
) -> Columns:
    who, day, amount = what
    count = len(who)
    branch = chance(rng, count, 0.6)
    machine = _parties("atm", rng.integers(0, _CASH_MACHINES, count))
    return movements(
        numbers.take(count),
        members,
        who,
        leg="credit",
        kind="cash_in",
        channel=where(branch, full(count, "branch"), full(count, "atm")),
        amount=money(np.round(amount / 5) * 5 + 5),
        at=times_on(rng, calendar, day, members.zone[who], WAKING),
        terminal_id=where(~branch, machine),
    )


def _transfers(seed: int, members: Members, calendar: Calendar, numbers: Numbers) -> Columns:
    rng = stream(seed, "transfers")
    contacts = rng.integers(0, len(members), (len(members), 3))
    sender = pick(rng, members.activity, int(len(members) * 0.8))
    receiver = contacts[sender, pick(rng, np.array([0.6, 0.3, 0.1]), len(sender))]
    apart = sender != receiver
    sender, receiver = sender[apart], receiver[apart]
    day = rng.integers(0, calendar.days + 1, len(sender))
    at = times_on(rng, calendar, day, members.zone[sender], WAKING)
    amount = money(np.exp(rng.normal(np.log(85), 0.9, len(sender))).clip(5, 2900))
    ids = numbers.take(len(sender))
    return transfer_legs(ids, members, sender, receiver, amount, at)


def transfer_legs(
    ids: Integers, members: Members, sender: Integers, receiver: Integers, amount: Integers, at: Integers
) -> Columns:
    """Both legs of transfers between members; they share the identifier and the instant."""
    shared = {"kind": "transfer", "channel": "app"}
    debit = movements(
        ids,
        members,
        sender,
        leg="debit",
        amount=amount,
        at=at,
        counterparty_id=members.user[receiver],
        counterparty_country="CA",
        device_id=members.device[sender],
        ip_country="CA",
        **shared,
    )
    credit = movements(
        ids,
        members,
        receiver,
        leg="credit",
        amount=amount,
        at=at,
        counterparty_id=members.user[sender],
        counterparty_country="CA",
        **shared,
    )
    return stack([debit, credit])


def _flatten(pairs: list[tuple[int, Integers]]) -> tuple[Integers, Integers]:
    """Days and members of a list of (day, members)."""
    day = np.concatenate([np.full(len(who), day, dtype=np.int64) for day, who in pairs] or [np.zeros(0, np.int64)])
    who = np.concatenate([who for _, who in pairs] or [np.zeros(0, np.int64)])
    return day, who.astype(np.int64)


def _parties(prefix: str, numbers: Integers) -> Array:
    return np.array([f"{prefix}-{number:03d}" for number in numbers.tolist()], dtype=object)
