"""Borrowers and providers of the aggregator, with what drives their behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import ZONES
from sources.workload.columns import DAY, Array, Columns, Floats, Integers, full, named, where
from sources.workload.names import full_names
from sources.workload.streams import chance, choose, stream

_EUROPEAN = 0.4
_ZONE = {"US": ZONES.index("America/New_York"), "EU": ZONES.index("Europe/Madrid")}
# Name, kind, jurisdiction, base rate in percent, lowest score, most of it in monthly incomes, median latency in ms.
_PROVIDERS = (
    ("Harbor Bank", "bank", "US", 7.4, 690, 5.0, 900),
    ("Prairie Credit", "fintech", "US", 10.9, 630, 7.0, 420),
    ("Swift Lending", "fintech", "US", 14.5, 580, 6.0, 260),
    ("Keel Pool", "defi_pool", "US", 5.9, 300, 60.0, 1250),
    ("Banco Ribera", "bank", "EU", 6.2, 690, 5.0, 1050),
    ("Nordlicht Kredit", "fintech", "EU", 8.8, 640, 7.0, 380),
    ("Clair Credit", "fintech", "EU", 11.7, 590, 6.0, 300),
    ("Mole Pool", "defi_pool", "EU", 5.1, 300, 60.0, 1400),
)


@dataclass(frozen=True)
class Market:
    """Borrowers and providers by position; `score` is the bureau's, `income` a month's."""

    borrower: Array
    account: Array
    jurisdiction: Array
    currency: Array
    zone: Integers
    score: Integers
    income: Floats
    providers: Array
    region: Array
    secured: Array
    base_rate: Floats
    lowest_score: Integers
    most_incomes: Floats
    latency: Floats

    def of(self, jurisdiction: str) -> Integers:
        """Positions of the providers that lend there."""
        return np.flatnonzero(self.region == jurisdiction)


def build_market(seed: int, borrowers: int) -> Market:
    """Draw the borrowers; the providers are the same in every world."""
    rng = stream(seed, "caas borrowers")
    jurisdiction = where(chance(rng, borrowers, _EUROPEAN), full(borrowers, "EU"), full(borrowers, "US"))
    columns = [np.array(values) for values in zip(*_PROVIDERS, strict=True)]
    numbers = np.arange(1, borrowers + 1)
    return Market(
        borrower=named(f"borrower{seed}", numbers, 6),
        account=named(f"credit{seed}", numbers, 6),
        jurisdiction=jurisdiction,
        currency=where(jurisdiction == "EU", full(borrowers, "EUR"), full(borrowers, "USD")),
        zone=np.array([_ZONE[code] for code in jurisdiction.tolist()]),
        score=np.rint(rng.normal(665, 70, borrowers)).clip(350, 850).astype(np.int64),
        income=np.exp(rng.normal(np.log(4200), 0.45, borrowers)),
        providers=np.array([f"provider-{name.split()[0].lower()}" for name in columns[0].tolist()], dtype=object),
        region=columns[2].astype(object),
        secured=columns[1] == "defi_pool",
        base_rate=columns[3].astype(np.float64),
        lowest_score=columns[4].astype(np.int64),
        most_incomes=columns[5].astype(np.float64),
        latency=columns[6].astype(np.float64),
    )


def market_rows(seed: int, market: Market, start: int) -> dict[str, Columns]:
    """Rows of borrowers and providers; all of them were there before `start`."""
    rng, count = stream(seed, "caas rows"), len(market.borrower)
    european = market.jurisdiction == "EU"
    names = full_names(rng, market.jurisdiction)
    since = start - rng.integers(1, 400 * DAY, count)
    joined = start - DAY * rng.integers(200, 1200, len(_PROVIDERS))
    borrowers: Columns = {
        "borrower_id": market.borrower,
        "account_id": market.account,
        "full_name": names,
        "email": np.array(
            [f"{name.lower().replace(' ', '.')}.{number}@example.com" for number, name in enumerate(names)],
            dtype=object,
        ),
        "jurisdiction": market.jurisdiction,
        "country": where(european, choose(rng, ("ES", "DE", "FR", "IT"), count), full(count, "US")),
        "currency": market.currency,
        "registered_at": since,
        "updated_at": since,
    }
    providers: Columns = {
        "provider_id": market.providers,
        "name": np.array([row[0] for row in _PROVIDERS], dtype=object),
        "kind": np.array([row[1] for row in _PROVIDERS], dtype=object),
        "jurisdiction": market.region,
        "is_secured": market.secured,
        "status": full(len(_PROVIDERS), "active"),
        "created_at": joined,
        "updated_at": joined,
    }
    return {"borrowers": borrowers, "providers": providers}
