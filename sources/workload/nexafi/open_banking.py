"""Consents to read businesses' accounts at other banks, renewed or not, and what was fetched while they held."""

from __future__ import annotations

import numpy as np

from contracts.open_banking import CONSENT_DAYS
from sources.workload.calendars import Calendar
from sources.workload.columns import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Columns,
    Integers,
    full,
    named,
    sort_by,
    stack,
    take,
    where,
)
from sources.workload.nexafi.businesses import Businesses
from sources.workload.streams import chance, choose, money, pick, stream

BANKS = ("Harbor National", "Union Mutual", "Banca Lago", "Kontobank")
_GENERATIONS = 3
_IN_TIME, _RENEWED = 0.75, 0.9
_PURPOSES = {"in": ("sales", "loan"), "out": ("supplier", "payroll", "rent", "tax")}


def consents(seed: int, businesses: Businesses, calendar: Calendar) -> Columns:
    """Chains of consents; `which` is the position of the business. One that is not renewed leaves the bank unread."""
    rng, term = stream(seed, "nexafi consents"), CONSENT_DAYS * DAY
    which = np.flatnonzero(chance(rng, len(businesses), 0.6))
    bank = choose(rng, BANKS, len(which))
    at = calendar.end - rng.integers(1, 420, len(which)) * DAY - rng.integers(0, DAY, len(which))
    renews = np.full(len(which), -1, dtype=np.int64)
    parts: list[Columns] = []
    taken = 0
    for _ in range(_GENERATIONS):
        number = np.arange(taken, taken + len(which), dtype=np.int64)
        taken += len(which)
        back = chance(rng, len(which), 0.06)
        revoked = np.where(back, at + rng.integers(2 * DAY, term - DAY, len(which)), NEVER)
        revoked = np.where(revoked > calendar.end, NEVER, revoked)
        parts.append({"number": number, "which": which, "bank": bank, "at": at, "renews": renews, "revoked": revoked})
        # Most are renewed some days before the end, some after a gap, some never.
        fate = rng.random(len(which))
        gap = rng.integers(3, 40, len(which))
        early = rng.integers(0, 9, len(which))
        following = at + term + np.where(fate < _IN_TIME, -early, gap) * DAY
        goes_on = (fate < _RENEWED) & (revoked == NEVER) & (following < calendar.end)
        which, bank, at, renews = which[goes_on], bank[goes_on], following[goes_on], number[goes_on]
    return _consent_rows(seed, businesses, calendar, sort_by(stack(parts), "number"))


def _consent_rows(seed: int, businesses: Businesses, calendar: Calendar, rows: Columns) -> Columns:
    count, expires = len(rows["number"]), rows["at"] + CONSENT_DAYS * DAY
    names = named(f"consent{seed}", rows["number"] + 1, 6)
    gone, past = rows["revoked"] != NEVER, expires <= calendar.end
    return {
        "bank_consent_id": names,
        "business_id": businesses.business[rows["which"]],
        "bank": rows["bank"],
        "status": where(gone, full(count, "revoked"), where(past, full(count, "expired"), full(count, "active"))),
        "renews_id": where(rows["renews"] >= 0, names[rows["renews"]]),
        "granted_at": rows["at"],
        "expires_at": expires,
        "revoked_at": rows["revoked"],
        "updated_at": np.where(gone, rows["revoked"], np.where(past, expires, rows["at"])),
        "which": rows["which"],
    }


def fetched(seed: int, businesses: Businesses, given: Columns, calendar: Calendar, count: int) -> Columns:
    """About `count` movements at other banks, each fetched while its consent held."""
    rng = stream(seed, "nexafi bank transactions")
    ends = np.where(given["revoked_at"] == NEVER, given["expires_at"], given["revoked_at"])
    begins, ends = np.maximum(given["granted_at"], calendar.start), np.minimum(ends, calendar.end)
    lasts = (ends - begins).clip(0)
    consent = pick(rng, lasts.astype(float), count)
    at = begins[consent] + (rng.random(count) * (lasts[consent] - 1)).astype(np.int64)
    which = given["which"][consent]
    incoming = chance(rng, count, 0.5)
    amount = businesses.monthly[which] / 30 * np.exp(rng.normal(0, 0.8, count))
    rows: Columns = {
        "bank_consent_id": given["bank_consent_id"][consent],
        "business_id": given["business_id"][consent],
        "external_account_id": _external(seed, which),
        "direction": where(incoming, full(count, "in"), full(count, "out")),
        "category": where(
            incoming,
            choose(rng, _PURPOSES["in"], count, (0.97, 0.03)),
            choose(rng, _PURPOSES["out"], count, (0.5, 0.3, 0.08, 0.12)),
        ),
        "amount": money(amount.clip(1, 500_000)),
        "currency": businesses.currency[which],
        "booked_date": ((at - rng.integers(HOUR, 3 * DAY, count)) // DAY).astype("datetime64[D]"),
        "fetched_at": at,
    }
    rows = sort_by(take(rows, np.arange(count)), "fetched_at")
    return {"bank_transaction_id": named(f"banktx{seed}", np.arange(1, count + 1), 7), **rows}


def _external(seed: int, which: Integers) -> Array:
    return named(f"external{seed}", which + 1, 5)
