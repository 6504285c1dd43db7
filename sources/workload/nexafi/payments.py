"""Payments of businesses: sales that follow season and trend, costs that do not, so that a falling inflow thins the balance."""

from __future__ import annotations

import numpy as np

from sources.workload.calendars import Calendar, times_on
from sources.workload.columns import (
    DAY,
    MINUTE,
    Array,
    Columns,
    Flags,
    Floats,
    Integers,
    full,
    named,
    stack,
    take,
    where,
)
from sources.workload.names import trade_names
from sources.workload.nexafi.businesses import ZONE, Businesses
from sources.workload.streams import chance, choose, money, pick, stream

CLIENTS, SUPPLIERS = 10, 6  # of each business
_PARTNERS = CLIENTS + SUPPLIERS
_SALES = 0.52  # of the payments
_COSTS = 0.95  # of the inflow at the start of the history
# Purpose: share of outgoing payments in number, and in money.
_OUT = {"supplier": (0.4, 0.42), "payroll": (0.3, 0.38), "rent": (0.06, 0.1), "expenses": (0.24, 0.1)}
_OFFICE = np.array([0, 0, 0, 0, 0, 0, 0.2, 0.6, 1.5, 2, 2, 1.8, 1.2, 1.4, 1.8, 1.8, 1.6, 1, 0.5, 0.3, 0.2, 0.1, 0, 0])
_WEEK = np.array([1.1, 1.05, 1, 1, 1.15, 0.35, 0.2])  # Monday first
_FAILED, _REVERSED = 0.02, 0.004
_FAILURES = ("insufficient_funds", "account_closed", "rejected_by_bank", "limit_exceeded")
WIRE_FEE, SEPA_FEE, ACH_FEE = 1500, 20, 25  # hundredths


def business_payments(seed: int, businesses: Businesses, calendar: Calendar, count: int) -> Columns:
    """About `count` payments in no order; `which` is the position of the business."""
    rng = stream(seed, "nexafi payments")
    sales = round(count * _SALES)
    incoming = _sales(rng, businesses, calendar, sales)
    outgoing = _costs(rng, businesses, calendar, count - sales)
    rows = stack([incoming, outgoing])
    rows |= _rail(rng, businesses, rows) | _partner(rng, seed, businesses, rows)
    rows = take(rows, calendar.within(rows["occurred_at"]))
    return rows | _fate(rng, rows, calendar)


def _sales(rng: np.random.Generator, businesses: Businesses, calendar: Calendar, count: int) -> Columns:
    weights = expected_inflow(businesses, calendar)
    often = np.sqrt(businesses.monthly) / businesses.monthly
    cells = pick(rng, (weights * often[:, None]).ravel(), count)
    which, day = cells // weights.shape[1], cells % weights.shape[1]
    # What a payment is worth on average: the business's whole inflow over how many payments it can expect.
    share = (weights * often[:, None]).sum(axis=1)
    mean = weights.sum(axis=1) / (count * share / share.sum())
    amount = mean[which] * np.exp(rng.normal(-0.245, 0.7, count))
    at = times_on(rng, calendar, day, ZONE[businesses.entity[which]], _OFFICE)
    late = np.where(chance(rng, count, businesses.late[which]), rng.exponential(9, count), 0) * DAY
    return _ordered(which, "in", full(count, "sales"), amount, at + late.astype(np.int64))


def expected_inflow(businesses: Businesses, calendar: Calendar) -> Floats:
    """Units of currency for each business and day of the calendar."""
    days = np.arange(calendar.days + 1)
    months = np.array([day.month - 1 + day.day / 31 for day in calendar.dates()])
    season = 1 + businesses.season[:, None] * np.cos((months[None, :] - businesses.peak[:, None]) * np.pi / 6)
    trend = np.exp(businesses.trend[:, None] * days[None, :] / calendar.days)
    inflow: Floats = businesses.monthly[:, None] * season * trend * _WEEK[calendar.weekdays()][None, :] / 25
    return inflow


def _costs(rng: np.random.Generator, businesses: Businesses, calendar: Calendar, count: int) -> Columns:
    purposes = pick(rng, np.array([share for share, _ in _OUT.values()]), count)
    purpose = np.array(list(_OUT), dtype=object)[purposes]
    often = np.sqrt(businesses.monthly)
    which = pick(rng, often, count)
    spent = _COSTS * expected_inflow(businesses, calendar)[:, :28].mean(axis=1) * calendar.days
    expected = count * often / often.sum()
    shares = np.array([money_ / number for number, money_ in _OUT.values()])
    amount = spent[which] / expected[which] * shares[purposes] * np.exp(rng.normal(-0.045, 0.3, count))
    day = pick(rng, _WEEK[calendar.weekdays()], count)
    day = np.where(purpose == "payroll", _nearest(calendar, day, (15, 30)), day)
    day = np.where(purpose == "rent", _nearest(calendar, day, (1,)), day)
    at = times_on(rng, calendar, day, ZONE[businesses.entity[which]], _OFFICE)
    return _ordered(which, "out", purpose, amount, at)


def _nearest(calendar: Calendar, day: Integers, wanted: tuple[int, ...]) -> Integers:
    """Move days to the nearest of these days of the month."""
    marks = np.array([i for i, date in enumerate(calendar.dates()) if date.day in wanted])
    nearest: Integers = marks[np.abs(marks[None, :] - day[:, None]).argmin(axis=1)]
    return nearest


def _ordered(which: Integers, direction: str, purpose: Array, amount: Floats, at: Integers) -> Columns:
    return {
        "which": which,
        "direction": full(len(which), direction),
        "purpose": purpose,
        "amount": money(amount.clip(1, 900_000)),
        "occurred_at": at,
    }


def _rail(rng: np.random.Generator, businesses: Businesses, rows: Columns) -> Columns:
    which, count = rows["which"], len(rows["which"])
    europe, out = businesses.entity[which] == 1, rows["direction"] == "out"
    card = rows["purpose"] == "expenses"
    wire = ~card & (rows["purpose"] != "payroll") & (rows["amount"] > np.exp(rng.normal(np.log(900_000), 0.8, count)))
    usual = where(europe, full(count, "sepa"), full(count, "ach"))
    method = where(card, full(count, "card"), where(wire, full(count, "wire"), usual))
    fee = np.where(wire, WIRE_FEE, np.where(europe, SEPA_FEE, ACH_FEE))
    shown = choose(rng, ("card_present", "card_not_present"), count, (0.6, 0.4))
    asked = choose(rng, ("web", "app"), count, (0.6, 0.4))
    channel = where(out, where(card, shown, asked), full(count, "partner"))
    at_hand = out & (channel != "card_present")
    return {
        "kind": where(card, full(count, "card_payment"), full(count, "transfer")),
        "method": method,
        "fee_amount": np.where(out & ~card, fee, 0).astype(np.int64),
        "channel": channel,
        "user_id": where(out, businesses.owner[which]),
        "device_id": where(at_hand, businesses.device[which]),
        "ip_country": where(at_hand, businesses.country[which]),
    }


def _partner(rng: np.random.Generator, seed: int, businesses: Businesses, rows: Columns) -> Columns:
    count = len(rows["which"])
    slot = np.where(
        rows["direction"] == "in",
        pick(rng, 1 / np.arange(1, CLIENTS + 1), count),
        CLIENTS + pick(rng, 1 / np.arange(1, SUPPLIERS + 1), count),
    )
    number = rows["which"] * _PARTNERS + slot
    home = np.repeat(businesses.region, _PARTNERS)
    abroad = chance(rng, len(home), 0.08)
    country = where(abroad, choose(rng, ("GB", "CA", "MX", "CN"), len(home)), np.repeat(businesses.country, _PARTNERS))
    return {
        "counterparty_id": named(f"nxpartner{seed}", number + 1, 6),
        "counterparty_name": trade_names(rng, home)[number],
        "counterparty_country": country[number],
    }


def _fate(rng: np.random.Generator, rows: Columns, calendar: Calendar) -> Columns:
    count = len(rows["which"])
    fate = rng.random(count)
    failed: Flags = (fate < _FAILED) & (rows["direction"] == "out")
    reversed_ = (fate > 1 - _REVERSED) & (rows["occurred_at"] < calendar.end - 4 * DAY)
    settled = rows["occurred_at"] + np.where(reversed_, rng.integers(DAY, 3 * DAY, count), 2 * MINUTE)
    done = where(reversed_, full(count, "reversed"), full(count, "completed"))
    return {
        "status": where(failed, full(count, "failed"), done),
        "failure_code": where(failed, choose(rng, _FAILURES, count, (0.5, 0.1, 0.25, 0.15))),
        "updated_at": np.minimum(settled, calendar.end),
    }
