"""Micro-loans of two years: applications, instalments, and defaults for causes that an application shows, with noise."""

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
    Flags,
    Floats,
    Integers,
    full,
    named,
    sort_by,
    take,
    where,
)
from sources.workload.movements import Numbers, movements
from sources.workload.population import Members
from sources.workload.sizes import LOAN_DAYS, Size
from sources.workload.streams import chance, money, pick, risks, stream

_TERMS = np.array([3, 6, 9, 12])
_TERM_SHARES = np.array([0.25, 0.4, 0.2, 0.15])
_MONTH = 30 * DAY
_PAST_DUE = 90 * DAY
_DEFAULT_SHARE = 0.12
_FIRST_MISSED = np.array([0.3, 0.35, 0.25, 0.1])  # default at instalment 1, 2, 3 or 4


@dataclass(frozen=True)
class Loans:
    """Applications with the fate that awaits them; `missed` is the first instalment not paid, 0 for none."""

    who: Integers
    disbursed: Integers
    principal: Integers
    term: Integers
    rate: Floats
    instalment: Integers
    missed: Integers
    applied: Columns


def lending(seed: int, size: Size, members: Members, calendar: Calendar, numbers: Numbers) -> dict[str, Columns]:
    """The loans, their instalments, and the account movements that fall into the history."""
    loans = _apply(seed, size, members, calendar)
    ids = named(f"loan{seed}", np.arange(1, len(loans.who) + 1), 6)
    due, loan, number = _schedule(loans)
    paid_at = _paid(seed, loans, due, loan, number, calendar.end)
    movements_ = _movements(members, calendar, loans, (loan, paid_at), numbers)
    last = np.zeros(len(loans.who), dtype=np.int64)
    np.maximum.at(last, loan, np.where(paid_at == NEVER, np.iinfo(np.int64).max, paid_at))
    return {
        "loans": _loan_rows(members, calendar, loans, ids, last),
        "loan_repayments": {
            "loan_id": ids[loan],
            "tenant_id": members.tenant[loans.who[loan]],
            "instalment": number,
            "due_date": (due // DAY).astype("datetime64[D]"),
            "due_amount": loans.instalment[loan],
            "paid_amount": np.where(paid_at == NEVER, 0, loans.instalment[loan]),
            "paid_at": paid_at,
            "updated_at": np.where(paid_at == NEVER, loans.disbursed[loan], paid_at),
        },
        "account_transactions": movements_,
    }


def _apply(seed: int, size: Size, members: Members, calendar: Calendar) -> Loans:
    rng, count = stream(seed, "loans"), size.loans
    who = rng.integers(0, len(members), count)
    disbursed = np.sort(calendar.end - (rng.random(count) * LOAN_DAYS * DAY).astype(np.int64) - HOUR)
    income = np.round(members.income[who] * np.exp(rng.normal(-0.05, 0.15, count)), 0).clip(500, None)
    term = _TERMS[pick(rng, _TERM_SHARES, count)]
    principal = np.round((income * rng.uniform(0.15, 1.3, count)).clip(200, 6000) / 50) * 50
    debt = np.round(income * np.exp(rng.normal(-0.1, 0.9, count) - 0.25 * members.bureau[who]) / 10) * 10
    employment = (members.employment[who] - rng.integers(0, 20, count)).clip(0, None)
    remitted = rng.poisson(np.where(members.remits[who], 2.4, 0.3))
    bureau = np.rint(655 + 62 * members.bureau[who] + rng.normal(0, 22, count)).clip(300, 900).astype(np.int64)
    risk = _default_chance(rng, income, debt / income, principal / income, (employment, members.bureau[who], remitted))
    defaults = chance(rng, count, risk)
    rate = np.round(14 + 16 * risk + rng.normal(0, 1, count), 3).clip(8, 35)
    return Loans(
        who=who,
        disbursed=disbursed,
        principal=money(principal),
        term=term,
        rate=rate,
        instalment=money(principal * (1 + rate / 100 * term / 12 * 0.55) / term),
        missed=np.where(defaults, np.minimum(1 + pick(rng, _FIRST_MISSED, count), term), 0),
        applied={
            "applied_income": money(income),
            "applied_employment_months": employment,
            "applied_existing_debt": money(debt),
            "applied_bureau_score": where(chance(rng, count, 0.86), bureau),
            "applied_remittances_90d": remitted,
        },
    )


def _default_chance(
    rng: np.random.Generator,
    income: Floats,
    debt_ratio: Floats,
    principal_ratio: Floats,
    person: tuple[Integers, Floats, Integers],
) -> Floats:
    employment, bureau, remitted = person
    strain = (
        0.75 * np.log(debt_ratio + 0.1)
        + 0.8 * principal_ratio
        - 0.55 * np.log(income / 3000)
        - 0.3 * np.log1p(employment)
        - 0.75 * bureau
        - 0.12 * remitted
        + rng.normal(0, 0.5, len(income))
    )
    return risks(strain, _DEFAULT_SHARE)


def _schedule(loans: Loans) -> tuple[Integers, Integers, Integers]:
    """Due instant, loan and number of every instalment."""
    loan = np.repeat(np.arange(len(loans.who)), loans.term)
    number = np.concatenate([np.arange(1, term + 1) for term in loans.term.tolist()])
    return loans.disbursed[loan] + number * _MONTH, loan, number


def _paid(seed: int, loans: Loans, due: Integers, loan: Integers, number: Integers, end: int) -> Integers:
    rng = stream(seed, "repayments")
    delay = (rng.normal(0, 2, len(due)) + np.where(chance(rng, len(due), 0.08), rng.exponential(14, len(due)), 0)).clip(
        -6, 80
    )
    at = due + (delay * DAY).astype(np.int64)
    missed = loans.missed[loan]
    unpaid: Flags = ((missed > 0) & (number >= missed)) | (at > end)
    return np.where(unpaid, NEVER, at)


def _loan_rows(members: Members, calendar: Calendar, loans: Loans, ids: Array, last: Integers) -> Columns:
    count = len(ids)
    past_due = loans.disbursed + loans.missed * _MONTH + _PAST_DUE
    defaulted = (loans.missed > 0) & (past_due <= calendar.end)
    repaid = last <= calendar.end
    status = where(defaulted, full(count, "defaulted"), where(repaid, full(count, "repaid"), full(count, "active")))
    rows: Columns = {
        "loan_id": ids,
        "tenant_id": members.tenant[loans.who],
        "user_id": members.user[loans.who],
        "account_id": members.account[loans.who],
        "principal": loans.principal,
        "currency": full(count, "CAD"),
        "annual_rate_pct": loans.rate,
        "term_months": loans.term,
        "status": status,
        **loans.applied,
        "disbursed_at": loans.disbursed,
        "defaulted_at": np.where(defaulted, past_due, NEVER),
        "updated_at": np.where(defaulted, past_due, np.where(repaid, last, loans.disbursed)),
    }
    return rows


def _movements(
    members: Members, calendar: Calendar, loans: Loans, repaid: tuple[Integers, Integers], numbers: Numbers
) -> Columns:
    loan, paid_at = repaid
    paid = np.flatnonzero(calendar.within(paid_at))
    lent = np.flatnonzero(calendar.within(loans.disbursed))
    out = _movement(members, loans.who[loan[paid]], "debit", loans.instalment[loan[paid]], paid_at[paid], numbers)
    into = _movement(members, loans.who[lent], "credit", loans.principal[lent], loans.disbursed[lent], numbers)
    both = {name: np.concatenate([out[name], into[name]]) for name in out}
    return sort_by(take(both, np.arange(len(both["leg"]))), "occurred_at")


def _movement(members: Members, who: Integers, leg: str, amount: Integers, at: Integers, numbers: Numbers) -> Columns:
    return movements(
        numbers.take(len(who)),
        members,
        who,
        leg=leg,
        kind="loan_repayment" if leg == "debit" else "loan_disbursement",
        channel="internal",
        amount=amount,
        at=at,
        counterparty_id=members.tenant[who],
        counterparty_country="CA",
    )
