"""Businesses with what drives their cash flow: season, trend, late receivables, cushion; and the people and papers they have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, NEVER, Array, Columns, Floats, Integers, full, named, where
from sources.workload.names import full_names, trade_names
from sources.workload.sizes import Size
from sources.workload.streams import chance, choose, pick, stream

ENTITIES = ("nexafi-us", "nexafi-eu")
REGIONS = ("US", "EU")
CURRENCIES = ("USD", "EUR")
ZONE = np.array([3, 4])  # positions in calendars.ZONES
_ENTITY_NAMES = ("Nexafi Bank", "Nexafi Europe")
_EU_COUNTRIES = ("ES", "DE", "FR", "IT")

# Industry: share of businesses, strength of its season, and the month (from 0) of its peak.
INDUSTRIES = {
    "retail": (0.22, 0.35, 11),
    "hospitality": (0.18, 0.45, 6),
    "construction": (0.14, 0.4, 5),
    "services": (0.26, 0.08, 2),
    "food": (0.1, 0.25, 8),
    "ecommerce": (0.1, 0.5, 10),
}


@dataclass(frozen=True)
class Businesses:
    """Position i is one business in every array; amounts are in units of its currency."""

    business: Array
    account: Array
    owner: Array
    device: Array
    entity: Integers
    country: Array
    season: Floats  # strength
    peak: Integers  # month, 0 is January
    industry: Array
    monthly: Floats  # inflow of a month without season
    trend: Floats  # logarithm of what the inflow grows in the whole history
    late: Floats  # share of receivables that are paid late
    cushion: Floats  # monthly inflows that lie on the account

    def __len__(self) -> int:
        return len(self.business)

    @property
    def tenant(self) -> Array:
        """The entity that serves each."""
        return np.array(ENTITIES, dtype=object)[self.entity]

    @property
    def region(self) -> Array:
        """Whose rules hold."""
        return np.array(REGIONS, dtype=object)[self.entity]

    @property
    def currency(self) -> Array:
        """Of its books."""
        return np.array(CURRENCIES, dtype=object)[self.entity]


def build_businesses(seed: int, size: Size) -> Businesses:
    """Draw the businesses, two in five of them European."""
    rng, count = stream(seed, "nexafi businesses"), size.businesses
    entity = (np.arange(count) % 5 >= 3).astype(np.int64)  # noqa: PLR2004 - two of five
    specs = list(INDUSTRIES.values())
    industry = pick(rng, np.array([share for share, _, _ in specs]), count)
    numbers = np.arange(1, count + 1)
    return Businesses(
        business=named(f"biz{seed}", numbers, 5),
        account=named(f"nxacct{seed}", numbers, 5),
        owner=named(f"nxuser{seed}", numbers, 5),
        device=named(f"nxdevice{seed}", numbers, 5),
        entity=entity,
        country=where(entity == 1, choose(rng, _EU_COUNTRIES, count), full(count, "US")),
        season=np.array([strength for _, strength, _ in specs])[industry] * rng.uniform(0.7, 1.3, count),
        peak=np.array([month for _, _, month in specs])[industry],
        industry=np.array(list(INDUSTRIES), dtype=object)[industry],
        monthly=np.exp(rng.normal(np.log(18_000), 0.8, count)),
        trend=rng.normal(0.02, 0.3, count),
        late=rng.beta(2, 7, count),
        cushion=np.exp(rng.normal(np.log(0.7), 0.7, count)),
    )


def business_rows(seed: int, businesses: Businesses, calendar: Calendar) -> dict[str, Columns]:
    """The rows of businesses (the entities first), users and documents."""
    rng, count = stream(seed, "nexafi business rows"), len(businesses)
    joined = calendar.start - DAY * rng.integers(740, 1600, count)
    opened = calendar.start - 2000 * DAY
    entities = len(ENTITIES)
    since = np.concatenate([np.full(entities, opened), joined])
    founded = since // DAY - np.concatenate([np.full(entities, 400), rng.integers(200, 6000, count)])
    rows: Columns = {
        "business_id": np.concatenate([np.array(ENTITIES, dtype=object), businesses.business]),
        "tenant_id": np.concatenate([np.array(ENTITIES, dtype=object), businesses.tenant]),
        "kind": np.concatenate([full(entities, "entity"), full(count, "customer")]),
        "name": np.concatenate([np.array(_ENTITY_NAMES, dtype=object), trade_names(rng, businesses.region)]),
        "jurisdiction": np.concatenate([np.array(REGIONS, dtype=object), businesses.region]),
        "country": np.concatenate([np.array(["US", "ES"], dtype=object), businesses.country]),
        "industry": np.concatenate([full(entities, "banking"), businesses.industry]),
        "currency": np.concatenate([np.array(CURRENCIES, dtype=object), businesses.currency]),
        "founded_date": founded.astype("datetime64[D]"),
        "status": full(count + entities, "active"),
        "onboarded_at": since,
        "updated_at": since,
    }
    return {
        "businesses": rows,
        "users": _users(rng, seed, businesses, joined),
        "documents": _documents(rng, seed, businesses, joined),
    }


def _users(rng: np.random.Generator, seed: int, businesses: Businesses, joined: Integers) -> Columns:
    """The owner of each, and an accountant of every second."""
    count = len(businesses)
    second = np.flatnonzero(chance(rng, count, 0.5))
    which = np.concatenate([np.arange(count), second])
    names = full_names(rng, businesses.region[which])
    at = joined[which] + DAY * np.concatenate([np.zeros(count, dtype=np.int64), rng.integers(1, 300, len(second))])
    mails = [f"{name.lower().replace(' ', '.')}.{i}@example.net" for i, name in enumerate(names.tolist())]
    return {
        "user_id": np.concatenate([businesses.owner, named(f"nxuser{seed}", count + 1 + np.arange(len(second)), 5)]),
        "tenant_id": businesses.tenant[which],
        "business_id": businesses.business[which],
        "full_name": names,
        "email": np.array(mails, dtype=object),
        "birth_date": (-rng.integers(0, 11_000, len(which)) + 12_000).astype("datetime64[D]"),
        "country": businesses.country[which],
        "role": np.concatenate([full(count, "owner"), full(len(second), "accountant")]),
        "registered_at": at,
        "updated_at": at,
    }


def _documents(rng: np.random.Generator, seed: int, businesses: Businesses, joined: Integers) -> Columns:
    count = len(businesses)
    extra = np.flatnonzero(chance(rng, count, 0.5))
    which = np.concatenate([np.arange(count), np.arange(count), extra])
    ids = named(f"paper{seed}", np.arange(1, len(which) + 1), 6)
    uploaded = joined[which] + rng.integers(0, 20 * DAY, len(which))
    fate = rng.random(len(which))
    pending = fate > 0.97  # noqa: PLR2004 - few wait
    decided = uploaded + rng.integers(DAY // 24, 3 * DAY, len(which))
    verified = ~pending & (fate > 0.04)  # noqa: PLR2004 - few are refused
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in ids.tolist()]
    last = full(len(extra), "financial_statement")
    return {
        "document_id": ids,
        "business_id": businesses.business[which],
        "kind": np.concatenate([full(count, "registration"), full(count, "ownership"), last]),
        "status": where(
            pending,
            full(len(which), "submitted"),
            where(verified, full(len(which), "verified"), full(len(which), "rejected")),
        ),
        "content_sha256": np.array(digests, dtype=object),
        "uploaded_at": uploaded,
        "verified_at": np.where(verified, decided, NEVER),
        "updated_at": np.where(pending, uploaded, decided),
    }
