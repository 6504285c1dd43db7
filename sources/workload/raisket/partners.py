"""Partners in three levels, what they agreed, and what each loan earns them, to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.columns import DAY, NEVER, Array, Columns, Floats, Integers, full, named, take, where
from sources.workload.names import trade_names
from sources.workload.raisket.people import LOCAL
from sources.workload.raisket.tax import value_added_tax
from sources.workload.streams import chance, choose, stream

TIERS = 3
# Of the principal, by level and tier, in millionths; who stands above shares in what those below bring, also in millionths.
_COMMISSIONS = np.array([[22_000, 26_000, 30_000], [18_000, 22_000, 26_000], [15_000, 18_500, 22_500]])
_OVERRIDES = np.array([80_000, 175_000, 0])
_MILLION = 1_000_000
# Lent in a month from which a tier holds, in hundredths, by tier.
_VOLUMES = np.array([0, 60_000_00, 200_000_00])


@dataclass(frozen=True)
class Partners:
    """`parent` is a position, -1 for masters; `weight` says how much each brings."""

    partner: Array
    level: Integers
    parent: Integers
    weight: Floats

    def __len__(self) -> int:
        return len(self.partner)


def build_partners(seed: int, loans: int) -> Partners:
    """Two masters at least, three brokers each, and promoters by the number of loans."""
    rng = stream(seed, "raisket partners")
    masters = max(2, min(6, loans // 2000))
    brokers, promoters = masters * 3, max(12, min(150, loans // 40))
    count = masters + brokers + promoters
    level = np.repeat(np.array([1, 2, 3]), [masters, brokers, promoters])
    parent = np.concatenate(
        [
            np.full(masters, -1),
            np.arange(brokers) % masters,
            masters + np.arange(promoters) % brokers,
        ]
    )
    weight = np.exp(rng.normal(0, 0.8, count)) * np.array([0.0, 0.4, 0.7, 1.0])[level]
    return Partners(named(f"partner{seed}", np.arange(1, count + 1), 4), level, parent, weight)


def partner_rows(seed: int, partners: Partners, begin: int) -> dict[str, Columns]:
    """The rows of partners and of their agreements, three tiers each."""
    rng, count = stream(seed, "raisket partner rows"), len(partners)
    joined = begin - rng.integers(DAY, 400 * DAY, count)
    agreed = np.repeat(np.arange(count), TIERS)
    tier = np.tile(np.arange(TIERS), count)
    level = partners.level[agreed]
    return {
        "partners": {
            "partner_id": partners.partner,
            "brand": trade_names(rng, full(count, "MX")),
            "level": partners.level,
            "parent_partner_id": where(partners.parent >= 0, partners.partner[partners.parent]),
            "joined_at": joined,
            "updated_at": joined,
        },
        "partner_agreements": {
            "agreement_id": agreement_ids(partners, agreed, tier),
            "partner_id": partners.partner[agreed],
            "tier": tier + 1,
            "volume_from": _VOLUMES[tier],
            "currency": full(len(agreed), "MXN"),
            "commission_pct": _COMMISSIONS[level - 1, tier] / 10_000,
            "override_pct": _OVERRIDES[level - 1] / 10_000,
            "valid_from_date": (joined[agreed] // DAY).astype("datetime64[D]"),
        },
    }


def agreement_ids(partners: Partners, partner: Integers, tier: Integers) -> Array:
    """The agreement of each partner at each tier, counted from 0."""
    pairs = zip(partners.partner[partner].tolist(), (tier + 1).tolist(), strict=True)
    return np.array([f"{name}-{number}" for name, number in pairs], dtype=object)


def commission_rows(seed: int, partners: Partners, brought: Columns, end: int) -> Columns:
    """What each loan earns its chain; `brought` has loan_id, partner (a position), principal and disbursed, by time."""
    partner, principal = brought["partner"], brought["principal"]
    tier = _tiers(partner, principal, brought["disbursed"])
    whole = _share(principal, _COMMISSIONS[partners.level[partner] - 1, tier])
    parent = partners.parent[partner]
    above = np.where(parent >= 0, partners.parent[parent], -1)
    to_parent, to_above = (_override(partners, ancestor, whole) for ancestor in (parent, above))
    parts = [(partner, whole - to_parent - to_above), (parent, to_parent), (above, to_above)]
    loan = np.concatenate([np.flatnonzero(who >= 0) for who, _ in parts])
    earner = np.concatenate([who[who >= 0] for who, _ in parts])
    share = np.concatenate([amount[who >= 0] for who, amount in parts])
    rows: Columns = {
        "loan_id": brought["loan_id"][loan],
        "partner_id": partners.partner[earner],
        "agreement_id": agreement_ids(partners, partner[loan], tier[loan]),
        "level": partners.level[earner],
        "commission_amount": whole[loan],
        "share_amount": share,
        "iva_amount": value_added_tax(share, brought["disbursed"][loan]),
        "currency": full(len(loan), "MXN"),
        "accrued_at": brought["disbursed"][loan],
    }
    rows = take(rows, np.lexsort((-rows["level"], rows["accrued_at"])))
    return {"commission_id": named(f"commission{seed}", np.arange(1, len(loan) + 1)), **rows, **_paid(seed, rows, end)}


def _tiers(partner: Integers, principal: Integers, disbursed: Integers) -> Integers:
    """By what the partner's loans of the month summed to before this one."""
    month = (((disbursed - LOCAL) // DAY).astype("datetime64[D]")).astype("datetime64[M]").astype(np.int64)
    order = np.lexsort((disbursed, month, partner))
    key = partner[order] * 100_000 + month[order]
    sums = np.cumsum(principal[order]) - principal[order]
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    base = np.repeat(sums[begins], np.diff(np.r_[begins, len(key)]))
    before = np.empty_like(sums)
    before[order] = sums - base
    tier: Integers = np.searchsorted(_VOLUMES, before, side="right") - 1
    return tier


def _override(partners: Partners, ancestor: Integers, whole: Integers) -> Integers:
    share: Integers = np.where(ancestor >= 0, _share(whole, _OVERRIDES[partners.level[ancestor] - 1]), 0)
    return share


def _share(amount: Integers, millionths: Integers) -> Integers:
    share: Integers = (amount * millionths + _MILLION // 2) // _MILLION
    return share


def _paid(seed: int, rows: Columns, end: int) -> Columns:
    """Paid on the tenth of the next month: mostly right, at times without IVA, a cent short or twice."""
    rng, count = stream(seed, "raisket commissions paid"), len(rows["share_amount"])
    month = ((rows["accrued_at"] - LOCAL) // DAY).astype("datetime64[D]").astype("datetime64[M]")
    day = (month + 1).astype("datetime64[D]").astype(np.int64) + 9
    at = day * DAY + LOCAL + rng.integers(9 * 3600, 17 * 3600, count) * 1_000_000
    owed = rows["share_amount"] + rows["iva_amount"]
    error = choose(rng, ("none", "iva", "cent", "twice"), count, (0.95, 0.03, 0.012, 0.008))
    given = np.select(
        [error == "iva", error == "cent", error == "twice"],
        [rows["share_amount"], np.maximum(owed - 1, 0), 2 * owed],
        owed,
    )
    paid = (at <= end) & chance(rng, count, 0.97)
    return {
        "status": where(paid, full(count, "paid"), full(count, "accrued")),
        "paid_amount": np.where(paid, given, 0),
        "paid_at": np.where(paid, at, NEVER),
        "updated_at": np.where(paid, at, rows["accrued_at"]),
    }
