"""Loans of two years to businesses: they default for falling inflows, late receivables and thin balances, with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Columns,
    Floats,
    Integers,
    full,
    named,
    sort_by,
    stack,
    take,
    where,
)
from sources.workload.nexafi.businesses import Businesses
from sources.workload.sizes import LOAN_DAYS
from sources.workload.streams import chance, choose, money, pick, risks, stream

_APPLICATIONS = 2  # of each business
_APPROVED = 0.7  # the least risky of them
_DEFAULTS = 0.12
# How much of a default the causes explain.
_STEEPNESS = 1.4
_TERMS = np.array([6, 9, 12, 18])
_MONTH = 30 * DAY
_PAST_DUE = 90 * DAY
_FIRST_MISSED = np.array([0.15, 0.3, 0.3, 0.25])


@dataclass(frozen=True)
class Lent:
    """Loans and their instalments in the order of their rows; `which` is the position of the business."""

    tables: dict[str, Columns]
    which: Integers
    disbursed: Integers
    defaulted: Integers  # NEVER for none
    loan: Integers  # of each instalment
    principal_part: Integers
    interest: Integers
    paid_at: Integers


def build_lending(seed: int, businesses: Businesses, calendar: Calendar) -> Lent:
    """Draw applications; the less risky ones become loans, some of which default."""
    rng, count = stream(seed, "nexafi credit"), len(businesses) * _APPLICATIONS
    which = rng.integers(0, len(businesses), count)
    at = np.sort(calendar.end - (rng.random(count) * LOAN_DAYS * DAY).astype(np.int64) - 3 * DAY)
    shown = _shown(rng, businesses, which)
    requested = np.round(businesses.monthly[which] * rng.uniform(0.4, 2.4, count) / 100) * 100 + 500
    strain = _strain(rng, shown, requested)
    withdrawn = chance(rng, count, 0.04)
    approved = (strain <= np.quantile(strain, _APPROVED)) & ~withdrawn
    waiting = at > calendar.end - 4 * DAY
    decided = at + rng.integers(2 * HOUR, 2 * DAY, count)
    status = where(approved, full(count, "approved"), full(count, "declined"))
    status = where(withdrawn, full(count, "withdrawn"), where(waiting, full(count, "submitted"), status))
    applications: Columns = {
        "credit_application_id": named(f"nxapp{seed}", np.arange(1, count + 1), 6),
        "business_id": businesses.business[which],
        "requested_amount": money(requested),
        "currency": businesses.currency[which],
        "term_months": _TERMS[pick(rng, np.array([0.3, 0.2, 0.35, 0.15]), count)],
        "purpose": choose(rng, ("working_capital", "equipment", "expansion"), count, (0.6, 0.25, 0.15)),
        "status": status,
        **{name: money(values) if name in _MONEY else np.round(values, 3) for name, values in shown.items()},
        "submitted_at": at,
        "decided_at": np.where(status == "submitted", NEVER, decided),
        "updated_at": np.where(status == "submitted", at, decided),
    }
    granted = np.flatnonzero(status == "approved")
    return _lend(seed, businesses, calendar, (applications, which), granted, strain[granted])


_MONEY = ("applied_monthly_inflow", "applied_average_balance")


def _shown(rng: np.random.Generator, businesses: Businesses, which: Integers) -> dict[str, Floats]:
    """What an application shows of its business: its traits, seen with noise."""
    count = len(which)
    inflow = businesses.monthly[which] * np.exp(rng.normal(0, 0.1, count))
    return {
        "applied_monthly_inflow": inflow,
        "applied_inflow_change_pct": np.expm1(businesses.trend[which] + rng.normal(0, 0.05, count)) * 100,
        "applied_average_balance": inflow * businesses.cushion[which] * np.exp(rng.normal(0, 0.15, count)),
        "applied_late_receivables_pct": (businesses.late[which] * 100 + rng.normal(0, 3, count)).clip(0, 100),
    }


def _strain(rng: np.random.Generator, shown: dict[str, Floats], requested: Floats) -> Floats:
    inflow = shown["applied_monthly_inflow"]
    strain: Floats = (
        -0.035 * shown["applied_inflow_change_pct"]
        + 0.05 * shown["applied_late_receivables_pct"]
        - 0.9 * np.log(shown["applied_average_balance"] / inflow)
        + 0.4 * requested / inflow
        + rng.normal(0, 0.5, len(inflow))
    )
    return strain


def _lend(
    seed: int,
    businesses: Businesses,
    calendar: Calendar,
    applied: tuple[Columns, Integers],
    granted: Integers,
    strain: Floats,
) -> Lent:
    applications, applicants = applied
    rng, count, which = stream(seed, "nexafi loans"), len(granted), applicants[granted]
    risk = risks(_STEEPNESS * strain, _DEFAULTS)
    rate = np.round(7 + 9 * risk + rng.normal(0, 0.5, count), 3).clip(4, 20)
    principal, term = applications["requested_amount"][granted], applications["term_months"][granted]
    disbursed = applications["decided_at"][granted] + rng.integers(HOUR, DAY, count)
    missed = np.where(chance(rng, count, risk), 1 + pick(rng, _FIRST_MISSED, count), 0)
    loan = np.repeat(np.arange(count), term)
    number = np.concatenate([np.arange(1, months + 1) for months in term.tolist()])
    part = (principal // term)[loan]
    part = np.where(number == term[loan], principal[loan] - part * (term[loan] - 1), part)
    owed = principal[loan] - (principal // term)[loan] * (number - 1)
    interest = np.rint(owed * rate[loan] / 1200).astype(np.int64)
    due = disbursed[loan] + number * _MONTH
    delay = rng.normal(0, 1.5, len(due)) + rng.exponential(1, len(due)) * 20 * businesses.late[which][loan]
    paid_at = due + (delay.clip(-4, 80) * DAY).astype(np.int64)
    unpaid = ((missed[loan] > 0) & (number >= missed[loan])) | (paid_at > calendar.end)
    paid_at = np.where(unpaid, NEVER, paid_at)
    past_due = disbursed + missed * _MONTH + _PAST_DUE
    defaulted = np.where((missed > 0) & (past_due <= calendar.end), past_due, NEVER)
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, loan, np.where(unpaid, np.iinfo(np.int64).max, paid_at))
    repaid = last <= calendar.end
    state = where(
        defaulted != NEVER, full(count, "defaulted"), where(repaid, full(count, "repaid"), full(count, "active"))
    )
    ids = named(f"nxloan{seed}", np.arange(1, count + 1), 6)
    loans: Columns = {
        "loan_id": ids,
        "credit_application_id": applications["credit_application_id"][granted],
        "business_id": businesses.business[which],
        "ledger_account_id": businesses.account[which],
        "jurisdiction": businesses.region[which],
        "principal": principal,
        "currency": businesses.currency[which],
        "annual_rate_pct": rate,
        "term_months": term,
        "status": state,
        "disbursed_at": disbursed,
        "defaulted_at": defaulted,
        "updated_at": np.where(defaulted != NEVER, defaulted, np.where(repaid, last, disbursed)),
    }
    repayments: Columns = {
        "loan_id": ids[loan],
        "instalment": number,
        "jurisdiction": businesses.region[which][loan],
        "due_date": (due // DAY).astype("datetime64[D]"),
        "due_amount": part + interest,
        "interest_amount": interest,
        "paid_amount": np.where(unpaid, 0, part + interest),
        "paid_at": paid_at,
        "updated_at": np.where(unpaid, disbursed[loan], paid_at),
    }
    tables = {"credit_applications": applications, "loans": loans, "loan_repayments": repayments}
    return Lent(tables, which, disbursed, defaulted, loan, part, interest, paid_at)


def loan_payments(businesses: Businesses, lent: Lent, calendar: Calendar) -> Columns:
    """The payments of the history that loans make; `loan` is the position of the loan, `interest` a part of the amount."""
    loans = lent.tables["loans"]
    out = np.flatnonzero(calendar.within(lent.disbursed))
    back = np.flatnonzero(calendar.within(lent.paid_at))
    given = _payment(businesses, lent, out, "in", loans["principal"][out], lent.disbursed[out])
    amount = lent.principal_part[back] + lent.interest[back]
    repaid = _payment(businesses, lent, lent.loan[back], "out", amount, lent.paid_at[back])
    given["interest"], repaid["interest"] = np.zeros(len(out), dtype=np.int64), lent.interest[back]
    rows = stack([given, repaid])
    return sort_by(take(rows, np.arange(len(rows["which"]))), "occurred_at")


def _payment(
    businesses: Businesses, lent: Lent, loan: Integers, direction: str, amount: Integers, at: Integers
) -> Columns:
    which, count = lent.which[loan], len(loan)
    named_: Array = np.array(["Nexafi Bank", "Nexafi Europe"], dtype=object)[businesses.entity[which]]
    return {
        "which": which,
        "direction": full(count, direction),
        "purpose": full(count, "loan"),
        "amount": amount,
        "occurred_at": at,
        "kind": full(count, "loan_disbursement" if direction == "in" else "loan_repayment"),
        "method": full(count, "internal"),
        "fee_amount": np.zeros(count, dtype=np.int64),
        "channel": full(count, "internal"),
        "user_id": full(count, None),
        "device_id": full(count, None),
        "ip_country": full(count, None),
        "counterparty_id": businesses.tenant[which],
        "counterparty_name": named_,
        "counterparty_country": where(businesses.entity[which] == 1, full(count, "ES"), full(count, "US")),
        "status": full(count, "completed"),
        "failure_code": full(count, None),
        "updated_at": at,
        "loan": loan,
    }
