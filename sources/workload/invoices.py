"""Merchants' invoices: written, sent, paid in full or in part, late or never, and what each step posts."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import WAKING, Calendar, times_on
from sources.workload.columns import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Columns,
    Flags,
    Integers,
    full,
    height,
    named,
    sort_by,
    take,
    where,
)
from sources.workload.journal import BANK, INVOICED, RECEIVABLES, plain_entries
from sources.workload.merchants import Merchants
from sources.workload.streams import chance, money, pick, stream

_TERMS = np.array([14, 30, 45])
_DRAFT, _VOID, _PARTLY, _NEVER = 0.04, 0.02, 0.15, 0.06


def build_invoices(seed: int, merchants: Merchants, calendar: Calendar, count: int) -> tuple[Columns, list[Columns]]:
    """The rows by day of writing, and the entries of the books that they cause."""
    rng = stream(seed, "invoices")
    rows = sort_by(_written(rng, merchants, calendar, count), "issued_at")
    rows = take(rows, rows["issued_at"] <= calendar.end - DAY)
    total = height(rows)
    rows["invoice_id"] = named(f"invoice{seed}", np.arange(1, total + 1), 6)
    rows["number"] = _numbers(rows)
    draft = chance(rng, total, _DRAFT)
    sent_at = np.where(draft, NEVER, rows["issued_at"] + rng.integers(HOUR // 2, 20 * HOUR, total))
    void = ~draft & chance(rng, total, _VOID)
    voided_at = sent_at + rng.integers(HOUR, 6 * DAY, total)
    void &= voided_at <= calendar.end
    first, second, part = _paid(rng, rows, ~draft & ~void, sent_at)
    first, second = (np.where(at > calendar.end, NEVER, at) for at in (first, second))
    part_paid, rest_paid = np.where(first == NEVER, 0, part), np.where(second == NEVER, 0, rows["amount"] - part)
    paid = part_paid + rest_paid
    full_at = np.where(paid == rows["amount"], np.maximum(first, second), NEVER)
    rows |= _state(calendar, rows, (draft, void), full_at)
    rows |= {"paid_amount": paid, "sent_at": sent_at, "paid_at": full_at}
    last = np.maximum(np.maximum(first, second), np.where(draft, rows["issued_at"], sent_at))
    rows["updated_at"] = np.where(void, voided_at, last)
    entries = [
        _entry("invoice", rows, ~draft, sent_at, rows["amount"], RECEIVABLES, INVOICED),
        _entry("void invoice", rows, void, voided_at, rows["amount"], INVOICED, RECEIVABLES),
        _entry("invoice payment", rows, part_paid > 0, first, part_paid, BANK, RECEIVABLES),
        _entry("invoice payment", rows, rest_paid > 0, second, rest_paid, BANK, RECEIVABLES),
    ]
    return {name: values for name, values in rows.items() if name != "merchant"}, entries


def _written(rng: np.random.Generator, merchants: Merchants, calendar: Calendar, count: int) -> Columns:
    card = pick(rng, merchants.activity, count)
    relation = pick(rng, np.array([0.6, 0.3, 0.1]), count)
    merchant = merchants.knows[card, relation]
    at = times_on(rng, calendar, rng.integers(0, calendar.days, count), merchants.zone[merchant], WAKING)
    at = np.maximum(at, calendar.start)
    return {
        "merchant": merchant,
        "tenant_id": merchants.tenant[merchant],
        "customer_id": merchants.customer[card, relation],
        "amount": money(np.exp(rng.normal(np.log(420), 0.9, count)).clip(20, 60_000)),
        "currency": merchants.currency[merchant],
        "issued_at": at,
        "due_date": (at // DAY + _TERMS[pick(rng, np.array([0.3, 0.5, 0.2]), count)]).astype("datetime64[D]"),
    }


def _numbers(rows: Columns) -> Array:
    """Counts from 1 for each merchant, in the order of writing."""
    merchant = rows["merchant"]
    order = np.argsort(merchant, kind="stable")
    first = np.searchsorted(merchant[order], merchant[order], side="left")
    number = np.empty(len(merchant), dtype=np.int64)
    number[order] = np.arange(len(merchant)) - first + 1
    return named("INV", number, 5)


def _paid(
    rng: np.random.Generator, rows: Columns, owed: Flags, sent_at: Integers
) -> tuple[Integers, Integers, Integers]:
    """When the first and the second payment come, `NEVER` for not, and the first one's amount; most pay at once."""
    count, amount = height(rows), rows["amount"]
    pays = owed & ~chance(rng, count, _NEVER)
    partly = pays & chance(rng, count, _PARTLY) & (amount > 1)
    part = np.where(partly, np.maximum((amount * rng.uniform(0.3, 0.7, count)).astype(np.int64), 1), amount)
    late = np.where(chance(rng, count, 0.25), rng.exponential(22, count), 0)
    due = rows["due_date"].astype(np.int64) * DAY
    at = np.maximum(due + ((rng.normal(-4, 4, count) + late) * DAY).astype(np.int64), sent_at + HOUR)
    first = np.where(pays, at, NEVER)
    finishes = partly & ~chance(rng, count, 0.3)
    second = np.where(finishes, at + rng.integers(3 * DAY, 40 * DAY, count), NEVER)
    return first, second, part


def _state(calendar: Calendar, rows: Columns, marks: tuple[Flags, Flags], full_at: Integers) -> Columns:
    draft, void = marks
    count, today = height(rows), calendar.end // DAY
    overdue = rows["due_date"].astype(np.int64) < today
    status = where(overdue, full(count, "overdue"), full(count, "sent"))
    status = where(full_at != NEVER, full(count, "paid"), status)
    status = where(void, full(count, "void"), where(draft, full(count, "draft"), status))
    return {"status": status}


def _entry(  # noqa: PLR0913, PLR0917 - what an entry is made of
    memo: str, rows: Columns, which: Flags, at: Integers, amount: Integers, debit: str, credit: str
) -> Columns:
    return plain_entries(memo, take(rows, which), posted_at=at[which], amount=amount[which], debit=debit, credit=credit)
