"""What becomes known, and when: victims notice within days, analysts decide within weeks, some never do."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import later
from sources.workload.columns import NEVER, Array, Columns, Flags, Integers, full, height, named, sort_by, take, where
from sources.workload.planting.cases import FRAUD, LAUNDERING
from sources.workload.streams import chance, choose, stream

_NOTICED = 0.93  # of frauds
_DISPOSED = 0.65  # of laundering cases
_MISTAKEN = 0.0015  # legitimate card payments that a member disputes
_PRODUCT = 0.004  # payments taken back for other reasons than fraud


def disputes(seed: int, rows: Columns, kind: Array, case: Array, end: int) -> tuple[Columns, Integers]:
    """Rows of transaction_disputes known by `end`, and of every movement when it becomes known (`NEVER` for not).

    `kind` and `case` say of each movement what was planted, None for nothing; a look-alike is nothing to tell of.
    """
    rng, count = stream(seed, "disputes"), height(rows)
    fraud = np.isin(kind.astype(str), FRAUD)
    laundering = np.isin(kind.astype(str), LAUNDERING)
    noticed = fraud & chance(rng, count, _NOTICED)
    disposed = laundering & _chosen_cases(rng, case, _DISPOSED)
    card = rows["kind"] == "card_payment"
    mistaken = card & ~fraud & chance(rng, count, _MISTAKEN)
    known = np.full(count, NEVER, dtype=np.int64)
    for group, hours, spread in ((noticed, 66, 0.5), (disposed, 150, 0.4), (mistaken, 110, 0.4)):
        known[group] = later(rng, rows["occurred_at"][group], hours, spread)
    told = np.flatnonzero((known != NEVER) & (known <= end))
    return sort_by(
        {
            "tenant_id": rows["tenant_id"][told],
            "transaction_id": rows["transaction_id"][told],
            "leg": rows["leg"][told],
            "label": where(
                fraud[told],
                full(len(told), "fraud"),
                where(laundering[told], full(len(told), "laundering"), "legitimate"),
            ),
            "kind": where(laundering[told], full(len(told), "disposition"), full(len(told), "dispute")),
            "recorded_at": known[told],
        },
        "recorded_at",
    ), known


def chargebacks(seed: int, rows: Columns, kind: Array, end: int) -> tuple[Columns, Integers]:
    """Rows of chargebacks known by `end`, with `merchant` for the books, and of every payment when it becomes known."""
    rng, count = stream(seed, "chargebacks"), height(rows)
    fraud = np.isin(kind.astype(str), FRAUD)
    taken_back = (rows["status"] == "completed") & chance(rng, count, np.where(fraud, _NOTICED, _PRODUCT))
    known = np.full(count, NEVER, dtype=np.int64)
    known[taken_back] = later(rng, rows["occurred_at"][taken_back], 72, 0.5)
    told = np.flatnonzero((known != NEVER) & (known <= end))
    reason = where(fraud[told], full(len(told), "fraud"), choose(rng, ("product", "duplicate"), len(told), (0.8, 0.2)))
    back = take(rows, told)
    return sort_by(
        {
            "payment_id": back["payment_id"],
            "reason": reason,
            "amount": back["amount"],
            "currency": back["currency"],
            "received_at": known[told],
            "tenant_id": back["tenant_id"],
        },
        "received_at",
    ), known


def numbered(rows: Columns, name: str, prefix: str) -> Columns:
    """The rows with an identifier in the order that they stand in."""
    return {name: named(prefix, np.arange(1, height(rows) + 1), 6), **rows}


def _chosen_cases(rng: np.random.Generator, case: Array, share: float) -> Flags:
    """A part of the cases, whole: an analyst disposes of a case and not of a movement."""
    names, position = np.unique(case.astype(str), return_inverse=True)
    chosen: Flags = chance(rng, len(names), share)[position]
    return chosen
