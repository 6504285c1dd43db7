"""How far members are verified: documents, the tiers that they support, and the limits that their remittances keep."""

from __future__ import annotations

import numpy as np

from contracts.money import rate_on
from contracts.remittances import load_remittance_policy
from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, NEVER, Array, Columns, Integers, full, named, take, where
from sources.workload.population import Members
from sources.workload.streams import chance, choose, pick, stream

_TIER_SHARES = np.array([0.02, 0.18, 0.55, 0.25])
# Known exceptions: members whose tier was taken back after they had sent what only the higher one allows.
_TAKEN_BACK = 0.004
_REJECTED = 0.06
_IDENTITY = ("passport", "driving_licence", "permanent_resident_card")


def verified_tiers(seed: int, members: Members, orders: Columns, calendar: Calendar) -> Integers:
    """A tier for each member, high enough for what it sends, but for the few known exceptions."""
    rng = stream(seed, "kyc tiers")
    drawn = pick(rng, _TIER_SHARES, len(members))
    usd = orders["amount"] / 100 * float(rate_on("CAD", calendar.as_of.date()).usd_per_unit)
    moments = orders["created_at"].astype("datetime64[us]")
    tiers = load_remittance_policy().tiers
    monthly = _needed(members, orders["member"], moments.astype("datetime64[M]"), usd, [t.monthly_usd for t in tiers])
    daily = _needed(members, orders["member"], moments.astype("datetime64[D]"), usd, [t.daily_usd for t in tiers])
    needed = np.maximum(monthly, daily)
    lowered = (needed > 0) & chance(rng, len(members), _TAKEN_BACK)
    lowered[np.flatnonzero(needed > 1)[:1]] = True  # even the smallest world has one
    return np.where(lowered, needed - 1, np.maximum(drawn, needed)).astype(np.int64)


def document_rows(seed: int, members: Members, tiers: Integers, calendar: Calendar) -> Columns:
    """Proof of identity from tier 1 on, of address from tier 2 on, some of it only at the second attempt."""
    rng = stream(seed, "kyc documents")
    first, second = np.flatnonzero(tiers >= 1), np.flatnonzero(tiers >= 2)  # noqa: PLR2004 - the tiers' numbers
    again = first[chance(rng, len(first), _REJECTED)]
    who = np.concatenate([again, first, second])
    kind = where(
        np.arange(len(who)) < len(again) + len(first),
        choose(rng, _IDENTITY, len(who), (0.5, 0.3, 0.2)),
        full(len(who), "utility_bill"),
    )
    rejected = np.arange(len(who)) < len(again)
    home = kind == "passport"
    submitted = calendar.start - DAY * rng.integers(300, 700, len(who)) - rejected * 20 * DAY
    verified = np.where(rejected, NEVER, submitted + rng.integers(DAY // 24, 3 * DAY, len(who)))
    return {
        "evidence_id": named(f"evidence{seed}", np.arange(1, len(who) + 1), 6),
        "tenant_id": members.tenant[who],
        "user_id": members.user[who],
        "kind": kind,
        "document_number": named("D", rng.integers(0, 10**9, len(who)), 9),
        "issuing_country": where(home, members.origin[who], full(len(who), "CA")),
        "status": where(rejected, full(len(who), "rejected"), full(len(who), "verified")),
        "grants_tier": np.where(kind == "utility_bill", tiers[who], 1),
        "submitted_at": submitted,
        "verified_at": verified,
        "updated_at": np.where(rejected, submitted + DAY, verified),
    }


def wallet_rows(seed: int, members: Members, calendar: Calendar) -> Columns:
    """A wallet for most of those who send money, some with a little left in it."""
    rng = stream(seed, "wallets")
    who = np.flatnonzero(members.remits & chance(rng, len(members), 0.6))
    opened = calendar.start - DAY * rng.integers(30, 300, len(who))
    left = np.where(chance(rng, len(who), 0.4), np.exp(rng.normal(3, 1, len(who))), 0)
    rows: Columns = {
        "wallet_id": named(f"wallet{seed}", np.arange(1, len(who) + 1), 6),
        "tenant_id": members.tenant[who],
        "user_id": members.user[who],
        "currency": full(len(who), "CAD"),
        "balance": np.rint(left * 100).astype(np.int64),
        "status": where(chance(rng, len(who), 0.99), full(len(who), "active"), full(len(who), "frozen")),
        "opened_at": opened,
        "updated_at": opened,
    }
    return rows


def factor_rows(loans: Columns, calendar: Calendar) -> Columns:
    """Points of the applications within the history, from what each application says."""
    recent = take(loans, loans["disbursed_at"] >= calendar.start)
    income = recent["applied_income"] / 100
    bureau = np.array([score or 600 for score in recent["applied_bureau_score"].tolist()], dtype=np.float64)
    points = {
        "income": np.log(income / 3000) * 40,
        "employment": np.log1p(recent["applied_employment_months"]) * 12 - 20,
        "existing_debt": -np.log(recent["applied_existing_debt"] / 100 / income + 0.1) * 30,
        "bureau_score": (bureau - 620) / 4,
        "remittances": np.minimum(recent["applied_remittances_90d"], 6) * 4.0,
    }
    names, count = list(points), len(income)
    return {
        "loan_id": np.tile(recent["loan_id"], len(names)),
        "tenant_id": np.tile(recent["tenant_id"], len(names)),
        "factor": np.repeat(np.array(names, dtype=object), count),
        "points": np.rint(np.concatenate(list(points.values()))).astype(np.int64),
        "scored_at": np.tile(recent["disbursed_at"], len(names)),
    }


def _needed(members: Members, who: Integers, period: Array, usd: Array, limits: list[int | None]) -> Integers:
    """The lowest tier whose limit holds all that each member sent in any one period."""
    bounds = np.array([limit if limit is not None else np.inf for limit in limits])
    number = period.astype(np.int64)
    _, first, position = np.unique(who * 1_000_000 + number, return_index=True, return_inverse=True)
    total = np.bincount(position, weights=usd)
    most = np.zeros(len(members))
    np.maximum.at(most, who[first], total)
    return np.searchsorted(bounds, most - 1e-9).astype(np.int64)
