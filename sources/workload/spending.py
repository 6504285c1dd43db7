"""What members pay by card: shops that they like, by the rhythm of days and hours, mostly small, at times large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar, shopping_times
from sources.workload.columns import (
    MINUTE,
    Array,
    Columns,
    Floats,
    Integers,
    full,
    named,
    sort_by,
    take,
    where,
)
from sources.workload.movements import Numbers, movements
from sources.workload.population import Members
from sources.workload.sizes import Size
from sources.workload.streams import chance, money, pick, stream

# Category: share of shops, median ticket in CAD, spread of its logarithm, share paid without the card.
CATEGORIES = {
    "grocery": (0.24, 42, 0.6, 0.08),
    "coffee": (0.18, 7, 0.35, 0.05),
    "restaurant": (0.16, 31, 0.5, 0.15),
    "transport": (0.10, 14, 0.5, 0.35),
    "pharmacy": (0.08, 24, 0.6, 0.05),
    "clothing": (0.08, 64, 0.6, 0.3),
    "electronics": (0.05, 120, 0.8, 0.4),
    "online": (0.11, 38, 0.8, 1.0),
}
FAVOURITES = 7
_FAVOURITE_SHARES = 1 / np.arange(1, FAVOURITES + 1)
_CLUSTERED = 0.18  # payments that follow another one of the same trip
_RARE_LARGE = 0.006  # a sofa, a flight, a repair
_NEW_DEVICE = 0.02  # a new telephone, a borrowed one
_ABROAD = 0.02


@dataclass(frozen=True)
class Shops:
    """Where members pay; position i is one shop with one terminal."""

    shop: Array
    terminal: Array
    ticket: Floats
    spread: Floats
    remote: Floats
    popularity: Floats
    favourites: Integers  # for each member, positions of shops, the dearest first


def build_shops(seed: int, size: Size, members: Members) -> Shops:
    """Draw the shops, and for each member the ones that it likes."""
    rng, count = stream(seed, "shops"), size.shops
    specs = np.array(list(CATEGORIES.values()))[pick(rng, np.array([s[0] for s in CATEGORIES.values()]), count)]
    numbers = np.arange(1, count + 1)
    popularity = np.exp(rng.normal(0, 0.9, count))
    return Shops(
        shop=named(f"shop{seed}", numbers, 4),
        terminal=named(f"term{seed}", numbers, 4),
        ticket=specs[:, 1] * np.exp(rng.normal(0, 0.25, count)),
        spread=specs[:, 2],
        remote=specs[:, 3],
        popularity=popularity,
        favourites=pick(rng, popularity, len(members) * FAVOURITES).reshape(len(members), FAVOURITES),
    )


def card_payments(
    seed: int, members: Members, shops: Shops, calendar: Calendar, numbers: Numbers, count: int
) -> Columns:
    """About `count` card payments of members, in no order; `shop` and `member` are positions for the planter."""
    rng = stream(seed, "card payments")
    who = pick(rng, members.activity, count)
    at = shopping_times(rng, calendar, members.zone[who])
    who, at = _cluster(rng, who, at)
    shop = shops.favourites[who, pick(rng, _FAVOURITE_SHARES, count)]
    elsewhere = chance(rng, count, 0.15)
    shop = np.where(elsewhere, pick(rng, shops.popularity, count), shop)
    amount = shops.ticket[shop] * members.thrift[who] * np.exp(rng.normal(0, 1, count) * shops.spread[shop])
    amount = np.where(chance(rng, count, _RARE_LARGE), amount * rng.uniform(4, 14, count), amount)
    remote = chance(rng, count, shops.remote[shop])
    other_device = named(f"device{seed}", len(members) + 1 + np.arange(count), 7)
    device = where(chance(rng, count, _NEW_DEVICE), other_device, members.device[who])
    columns = movements(
        numbers.take(count),
        members,
        who,
        leg="debit",
        kind="card_payment",
        channel=where(remote, full(count, "card_not_present"), full(count, "card_present")),
        amount=money(amount.clip(1.5, 9000)),
        at=at,
        counterparty_id=shops.shop[shop],
        counterparty_country="CA",
        device_id=where(remote, device),
        ip_country=where(remote, where(chance(rng, count, _ABROAD), full(count, "US"), full(count, "CA"))),
        terminal_id=where(~remote, shops.terminal[shop]),
    )
    columns |= {"shop": shop, "member": who}
    return sort_by(take(columns, calendar.within(at)), "occurred_at")


def _cluster(rng: np.random.Generator, who: Integers, at: Integers) -> tuple[Integers, Integers]:
    """Let some payments follow another one within minutes, by the same member."""
    follows = chance(rng, len(who), _CLUSTERED)
    leaders = np.flatnonzero(~follows)
    followed = leaders[rng.integers(0, len(leaders), int(follows.sum()))]
    who, at = who.copy(), at.copy()
    who[follows] = who[followed]
    at[follows] = at[followed] + (rng.exponential(14, len(followed)) * MINUTE).astype(np.int64) + 90 * 1_000_000
    return who, at
