"""finflow: merchants in the United States and Europe, the cards that pay them, and their processors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar, shopping_times
from sources.workload.columns import DAY, Array, Columns, Floats, Integers, full, named, sort_by, take, where
from sources.workload.names import full_names, trade_names
from sources.workload.sizes import Size
from sources.workload.streams import chance, choose, money, pick, stream

PROCESSORS = ("norte", "atlas", "quay")
_PERCENT = np.array([2.9, 2.4, 1.7])  # of the amount
_FIXED = np.array([0.30, 0.25, 0.20])
_FAILURES = ("insufficient_funds", "do_not_honour", "expired_card", "processor_timeout")
_US_ZONE, _EU_ZONE = 3, 4  # positions in calendars.ZONES
_FAILED, _REVERSED = 0.035, 0.006
_RELATIONS = 3  # merchants that a card knows
_TILLS = np.array([0.5, 0.25, 0.15, 0.1])  # of a merchant's payments in person, by terminal
_REMOTE = 0.5  # at most at one merchant, so that somebody has terminals


@dataclass(frozen=True)
class Merchants:
    """Merchants by position, and the cards with the merchants that they know."""

    tenant: Array
    region: Array
    currency: Array
    zone: Integers
    ticket: Floats
    remote: Floats
    processor: Integers
    card: Array
    customer: Array  # card x relation
    knows: Integers  # card x relation, positions of merchants
    device: Array
    thrift: Floats
    activity: Floats

    def terminals(self, till: Integers) -> Array:
        """The names of terminals by position; each merchant has as many."""
        merchant, which = np.divmod(till, len(_TILLS))
        return np.array(
            [f"{self.tenant[m]}-t{w + 1}" for m, w in zip(merchant.tolist(), which.tolist(), strict=True)], dtype=object
        )


def merchant_of(till: Integers) -> Integers:
    """The position of the merchant whose terminal it is."""
    return till // len(_TILLS)


def pick_tills(rng: np.random.Generator, merchant: Integers) -> Integers:
    """A terminal of each merchant, by position."""
    return merchant * len(_TILLS) + pick(rng, _TILLS, len(merchant))


def build_merchants(seed: int, size: Size) -> Merchants:
    """Draw merchants and cards; a card shops in one region."""
    rng, count, cards = stream(seed, "merchants"), size.merchants, size.cards
    european = np.arange(count) % 3 == 2  # noqa: PLR2004 - every third
    home = chance(rng, cards, 0.33)
    popularity = np.exp(rng.normal(0, 0.8, count))
    knows = np.where(
        home[:, None],
        pick(rng, popularity * european, cards * _RELATIONS).reshape(cards, _RELATIONS),
        pick(rng, popularity * ~european, cards * _RELATIONS).reshape(cards, _RELATIONS),
    )
    numbers = np.arange(cards)
    ticket = np.exp(rng.normal(np.log(38), 0.7, count))
    remote = rng.choice([0.15, 0.5, 1.0], count, p=[0.4, 0.35, 0.25])
    remote[remote.argmin()] = min(remote.min(), _REMOTE)
    return Merchants(
        tenant=named(f"merchant{seed}", np.arange(1, count + 1), 3),
        region=where(european, full(count, "EU"), full(count, "US")),
        currency=where(european, full(count, "EUR"), full(count, "USD")),
        zone=np.where(european, _EU_ZONE, _US_ZONE),
        ticket=ticket,
        remote=remote,
        processor=rng.integers(0, len(PROCESSORS), count),
        card=named(f"card{seed}", numbers + 1, 6),
        customer=named(f"customer{seed}", np.arange(cards * _RELATIONS) + 1, 7).reshape(cards, _RELATIONS),
        knows=knows,
        device=named(f"browser{seed}", numbers + 1, 7),
        thrift=np.exp(rng.normal(0, 0.3, cards)),
        activity=np.exp(rng.normal(0, 0.8, cards)),
    )


def merchant_rows(seed: int, merchants: Merchants, calendar: Calendar) -> dict[str, Columns]:
    """The rows of tenants and customers; a card is a customer of a merchant once."""
    rng = stream(seed, "merchant rows")
    count = len(merchants.tenant)
    since = calendar.start - DAY * rng.integers(400, 1500, count)
    merchant = merchants.knows.ravel()
    region = merchants.region[merchant]
    names = full_names(rng, region)
    customers: Columns = {
        "customer_id": merchants.customer.ravel(),
        "tenant_id": merchants.tenant[merchant],
        "full_name": names,
        "email": np.array(
            [f"{name.lower().replace(' ', '.')}.{i}@example.net" for i, name in enumerate(names)], dtype=object
        ),
        "country": where(region == "EU", choose(rng, ("ES", "DE", "FR", "IT"), len(region)), full(len(region), "US")),
        "created_at": calendar.start - DAY * rng.integers(1, 380, len(region)),
    }
    tenants: Columns = {
        "tenant_id": merchants.tenant,
        "name": trade_names(rng, merchants.region),
        "jurisdiction": merchants.region,
        "currency": merchants.currency,
        "created_at": since,
    }
    return {"tenants": tenants, "customers": customers}


def merchant_payments(seed: int, merchants: Merchants, calendar: Calendar, count: int) -> Columns:
    """About `count` payments in the order of time; `card` and `till` are positions for the planter, `till` -1 without the card."""
    rng = stream(seed, "payments")
    card = pick(rng, merchants.activity, count)
    relation = pick(rng, np.array([0.6, 0.3, 0.1]), count)
    merchant = merchants.knows[card, relation]
    at = shopping_times(rng, calendar, merchants.zone[merchant])
    amount = merchants.ticket[merchant] * merchants.thrift[card] * np.exp(rng.normal(0, 0.6, count))
    amount = np.where(chance(rng, count, 0.006), amount * rng.uniform(4, 14, count), amount)
    remote = chance(rng, count, merchants.remote[merchant])
    other = named(f"browser{seed}", len(merchants.card) + 1 + np.arange(count), 7)
    device = where(chance(rng, count, 0.02), other, merchants.device[card])
    rows = payment_rows(
        merchants,
        card,
        relation,
        at=at,
        amount=money(amount.clip(1, 9000)),
        device=where(remote, device),
        till=pick_tills(rng, merchant),
    )
    fate = rng.random(count)
    failed = fate < _FAILED
    rows["status"] = where(failed, full(count, "failed"), full(count, "completed"))
    rows["status"][(fate >= _FAILED) & (fate < _FAILED + _REVERSED)] = "reversed"
    rows["failure_code"] = where(failed, choose(rng, _FAILURES, count, (0.55, 0.25, 0.12, 0.08)))
    return sort_by(take(rows, calendar.within(at)), "occurred_at")


def payment_rows(  # noqa: PLR0913 - what a payment is made of
    merchants: Merchants,
    card: Integers,
    relation: Integers,
    *,
    at: Integers,
    amount: Integers,
    device: Array,
    till: Integers,
) -> Columns:
    """Completed payments of cards to merchants they know; one without a device has the card at a terminal, `till`."""
    merchant = merchants.knows[card, relation]
    remote = device != None  # noqa: E711 - element by element
    processor = merchants.processor[merchant]
    fee = amount / 100 * _PERCENT[processor] / 100 + _FIXED[processor]
    count = len(card)
    home = merchants.region[merchant]
    return {
        "tenant_id": merchants.tenant[merchant],
        "customer_id": merchants.customer[card, relation],
        "card_account_id": merchants.card[card],
        "processor": np.array(PROCESSORS, dtype=object)[processor],
        "channel": where(remote, full(count, "card_not_present"), full(count, "card_present")),
        "terminal_id": where(~remote, merchants.terminals(till)),
        "device_id": device,
        "ip_country": where(remote, where(home == "EU", full(count, "ES"), full(count, "US"))),
        "amount": amount,
        "fee_amount": money(fee),
        "currency": merchants.currency[merchant],
        "status": full(count, "completed"),
        "failure_code": full(count, None),
        "occurred_at": at,
        "updated_at": at,
        "card": card,
        "till": np.where(remote, -1, till),
    }
