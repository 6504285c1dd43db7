"""Money sent to families abroad: monthly, by corridor, mostly small, at times enough for a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from contracts.money import load_currencies, rate_on
from sources.workload.calendars import WAKING, Calendar, times_on
from sources.workload.columns import (
    HOUR,
    NEVER,
    Array,
    Columns,
    Floats,
    Integers,
    full,
    height,
    named,
    take,
    where,
)
from sources.workload.diasporacore.partners import choose_partners
from sources.workload.diasporacore.quotes import quote_orders
from sources.workload.movements import Numbers, movements
from sources.workload.names import full_names
from sources.workload.population import CORRIDORS, Members
from sources.workload.sizes import Size
from sources.workload.streams import choose, money, stream

PURPOSES = ("family_support", "education", "medical", "property", "business", "other")
_PURPOSE_SHARES = (0.68, 0.1, 0.08, 0.06, 0.03, 0.05)
_CHANNELS = ("app", "web", "branch")


@dataclass
class Orders:
    """Orders in the making: arrays of one length, and for whom they are."""

    who: Integers
    at: Integers
    amount: Integers
    beneficiary: Array
    conductor: Array
    on_behalf_of: Array


def remittances(
    seed: int, size: Size, members: Members, calendar: Calendar, numbers: Numbers
) -> tuple[Columns, Columns, Columns]:
    """The orders (with `member`, a position), the quotes whose rates they take, and the movements that pay them."""
    rng = stream(seed, "remittances")
    everyday = _everyday(seed, members, calendar)
    orders = _merge([everyday, _large(seed, size, members, calendar), *_sets(seed, size, members, calendar)])
    rows = _order_rows(seed, rng, members, calendar, orders)
    rows["member"] = orders.who
    rows = take(rows, calendar.within(rows["created_at"]))
    order = np.argsort(rows["created_at"], kind="stable")
    rows = take(rows, order)
    rows["remittance_order_id"] = named(f"order{seed}", np.arange(1, height(rows) + 1), 7)
    rows, quotes = quote_orders(seed, rows, _rates(members.origin[rows["member"]], calendar.as_of))
    return rows, quotes, _payments(rng, members, rows, numbers)


def beneficiary_of(seed: int, member: Integers, which: Integers) -> Array:
    """A member's first, second or third recipient."""
    return named(f"payee{seed}", member * 3 + which, 6)


def exchange(country: str, day: datetime) -> float:
    """Payout currency for one Canadian dollar, before the spread."""
    currency = CORRIDORS[country][1]
    return float(rate_on("CAD", day.date()).usd_per_unit / rate_on(currency, day.date()).usd_per_unit)


def _everyday(seed: int, members: Members, calendar: Calendar) -> Orders:
    rng = stream(seed, "everyday remittances")
    senders = np.flatnonzero(members.remits)
    months = calendar.days / 30
    each = rng.poisson(0.55 * months, len(senders))
    who = np.repeat(senders, each)
    payday = np.array([29, 1, 2, 14, 15, 16])
    dates = calendar.dates()
    weights = np.array([3.0 if date.day in payday else 1.0 for date in dates])
    day = rng.choice(len(dates), len(who), p=weights / weights.sum())
    usual = np.exp(rng.normal(np.log(230), 0.5, len(members)))
    amount = np.round(usual[who] * np.exp(rng.normal(0, 0.3, len(who))) / 10) * 10 + 10
    at = times_on(rng, calendar, day, members.zone[who], WAKING)
    which = rng.choice(3, len(who), p=[0.7, 0.2, 0.1])
    return _orders(who, at, money(amount.clip(20, 2990)), beneficiary_of(seed, who, which))


def _large(seed: int, size: Size, members: Members, calendar: Calendar) -> Orders:
    """Single transfers of CAD 10,000 or more: property, business, education; the last ones days before `as_of`."""
    rng = stream(seed, "large remittances")
    count = size.cases(250, at_least=3)
    who = rng.choice(np.flatnonzero(members.remits), count, replace=False)
    day = np.sort(rng.integers(2, calendar.days - 1, count))
    day[-2:] = calendar.days - np.array([5, 2])
    at = times_on(rng, calendar, day, np.zeros(count, np.int64), WAKING)
    amount = np.round(rng.uniform(10_000, 27_000, count) / 50) * 50
    return _orders(who, at, money(amount), beneficiary_of(seed, who, np.zeros(count, np.int64)))


def _sets(seed: int, size: Size, members: Members, calendar: Calendar) -> list[Orders]:
    """Smaller transfers that reach CAD 10,000 within one Toronto day: one sender, one beneficiary, one principal."""
    rng = stream(seed, "remittance sets")
    senders = np.flatnonzero(members.remits)
    sets = []
    for number in range(size.cases(330, at_least=3)):
        parts = int(rng.integers(3, 5))
        day = calendar.days - 3 if number < 2 else int(rng.integers(2, calendar.days - 1))  # noqa: PLR2004 - two recent ones
        people = rng.choice(senders, parts, replace=False)
        at = times_on(rng, calendar, np.full(parts, day), np.zeros(parts, np.int64), WAKING)
        amount = money(np.round(rng.uniform(3600, 6200, parts) / 20) * 20)
        sets.append(
            _linked(seed, members, number % 3, _orders(people, at, amount, beneficiary_of(seed, people, people * 0)))
        )
    return sets


def _linked(seed: int, members: Members, link: int, orders: Orders) -> Orders:
    """Link the orders of a set: 0 by sender and conductor, 1 by beneficiary, 2 by the third party they are made for."""
    first = orders.who[0]
    if link == 0:
        orders.conductor = where(orders.who != first, full(len(orders.who), members.user[first]))
    elif link == 1:
        orders.beneficiary = full(len(orders.who), beneficiary_of(seed, orders.who[:1], np.zeros(1, np.int64))[0])
    else:
        orders.on_behalf_of = full(len(orders.who), f"principal{seed}-{int(first):06d}")
    return orders


def _orders(who: Integers, at: Integers, amount: Integers, beneficiary: Array) -> Orders:
    return Orders(who, at, amount, beneficiary, full(len(who), None), full(len(who), None))


def _merge(parts: list[Orders]) -> Orders:
    return Orders(*(np.concatenate([getattr(part, name) for part in parts]) for name in Orders.__dataclass_fields__))


def _order_rows(seed: int, rng: np.random.Generator, members: Members, calendar: Calendar, orders: Orders) -> Columns:
    count = len(orders.who)
    origin = members.origin[orders.who]
    spread = np.array([CORRIDORS[country][3] for country in origin.tolist()])
    fee = np.array([CORRIDORS[country][2] for country in origin.tolist()])
    rate = _rates(origin, calendar.as_of) * (1 - spread / 100)
    partner, pace = choose_partners(seed, origin)
    completed = orders.at + (rng.lognormal(np.log(3), 0.8, count) * pace * HOUR).astype(np.int64)
    paid = completed <= calendar.end
    return {
        "tenant_id": members.tenant[orders.who],
        "user_id": members.user[orders.who],
        "account_id": members.account[orders.who],
        "conductor_id": orders.conductor,
        "on_behalf_of_id": orders.on_behalf_of,
        "corridor": np.array([f"CA-{country}" for country in origin.tolist()], dtype=object),
        "partner_id": partner,
        "beneficiary_id": orders.beneficiary,
        "beneficiary_name": _beneficiary_names(seed, orders.beneficiary, origin),
        "amount": orders.amount,
        "currency": full(count, "CAD"),
        "fx_rate": np.round(rate, 8),
        "payout_amount": payout(orders.amount, rate, origin),
        "payout_currency": np.array([CORRIDORS[country][1] for country in origin.tolist()], dtype=object),
        "fee_amount": money(orders.amount / 100 * fee / 100),
        "purpose": choose(rng, PURPOSES, count, _PURPOSE_SHARES),
        "status": where(paid, full(count, "paid"), full(count, "initiated")),
        "created_at": orders.at,
        "completed_at": np.where(paid, completed, NEVER),
        "updated_at": np.where(paid, completed, orders.at),
    }


def payout(amount: Integers, rate: Floats, origin: Array) -> Integers:
    """What arrives, in hundredths; whole units for currencies without minor ones."""
    whole = np.array([load_currencies()[CORRIDORS[country][1]] == 0 for country in origin.tolist()])
    hundredths = amount * rate
    return np.where(whole, np.rint(hundredths / 100) * 100, np.rint(hundredths)).astype(np.int64)


def _rates(origin: Array, day: datetime) -> Floats:
    table = {country: exchange(country, day.astimezone(UTC)) for country in CORRIDORS}
    return np.array([table[country] for country in origin.tolist()])


def _beneficiary_names(seed: int, beneficiary: Array, origin: Array) -> Array:
    """One name for each beneficiary, the same in all its orders."""
    unique, first, inverse = np.unique(beneficiary.astype(str), return_index=True, return_inverse=True)
    rng = stream(seed, "beneficiary names", str(len(unique)))
    return full_names(rng, origin[first])[inverse]


def _payments(rng: np.random.Generator, members: Members, orders: Columns, numbers: Numbers) -> Columns:
    who = orders["member"]
    count = len(who)
    channel = choose(rng, _CHANNELS, count, (0.7, 0.1, 0.2))
    remote = channel != "branch"
    return movements(
        numbers.take(count),
        members,
        who,
        leg="debit",
        kind="remittance",
        channel=channel,
        amount=orders["amount"],
        at=orders["created_at"],
        conductor_id=orders["conductor_id"],
        on_behalf_of_id=orders["on_behalf_of_id"],
        beneficiary_id=orders["beneficiary_id"],
        counterparty_id=orders["beneficiary_id"],
        counterparty_country=members.origin[who],
        remittance_order_id=orders["remittance_order_id"],
        device_id=where(remote, members.device[who]),
        ip_country=where(remote, full(count, "CA")),
    )
