"""The two systems as the card-fraud planter sees them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sources.workload.columns import Array, Columns, full, height, named, where
from sources.workload.merchants import Merchants, merchant_of, payment_rows, pick_tills
from sources.workload.movements import Numbers, movements
from sources.workload.planting.fraud import CardWorld, Purchases
from sources.workload.population import Members
from sources.workload.spending import Shops

_THIEVES_FROM = 5_000_000  # device numbers that no honest member has


def member_world(
    seed: int, rng: np.random.Generator, members: Members, shops: Shops, paid: Columns, numbers: Numbers
) -> CardWorld:
    """Members' card payments at shops."""

    def render(purchases: Purchases) -> Columns:
        count = len(purchases.holder)
        remote = purchases.device != None  # noqa: E711 - element by element
        shop = np.where(purchases.terminal >= 0, purchases.terminal, rng.integers(0, len(shops.shop), count))
        return movements(
            numbers.take(count),
            members,
            purchases.holder,
            leg="debit",
            kind="card_payment",
            channel=where(remote, full(count, "card_not_present"), full(count, "card_present")),
            amount=purchases.amount,
            at=purchases.at,
            counterparty_id=shops.shop[shop],
            counterparty_country="CA",
            device_id=purchases.device,
            ip_country=purchases.ip_country,
            terminal_id=where(~remote, shops.terminal[shop]),
        )

    return CardWorld(
        "diasporacore",
        paid["member"],
        paid["shop"],
        paid["occurred_at"],
        paid["amount"],
        members.zone,
        _devices(f"device{seed}"),
        render,
    )


def merchant_world(
    seed: int, rng: np.random.Generator, merchants: Merchants, paid: Columns, numbers: Numbers
) -> CardWorld:
    """Cards at finflow's merchants; a place is one terminal of one."""
    first = merchants.knows[:, 0]

    def render(purchases: Purchases) -> Columns:
        count = len(purchases.holder)
        known = merchants.knows[purchases.holder]
        here = (known == merchant_of(purchases.terminal)[:, None]) & (purchases.terminal >= 0)[:, None]
        there = here.any(axis=1)
        relation = np.where(there, here.argmax(axis=1), rng.integers(0, known.shape[1], count))
        other = pick_tills(rng, merchants.knows[purchases.holder, relation])
        rows = payment_rows(
            merchants,
            purchases.holder,
            relation,
            at=purchases.at,
            amount=purchases.amount,
            device=purchases.device,
            till=np.where(there, purchases.terminal, other),
        )
        return {**rows, "ip_country": purchases.ip_country, "movement": numbers.take(height(rows))}

    return CardWorld(
        "finflow",
        paid["card"],
        paid["till"],
        paid["occurred_at"],
        paid["amount"],
        merchants.zone[first],
        _devices(f"browser{seed}"),
        render,
    )


def _devices(prefix: str) -> Callable[[int], Array]:
    taken = Numbers(_THIEVES_FROM)
    return lambda count: named(prefix, taken.take(count), 7)
