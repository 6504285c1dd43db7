"""Loans that were taken: annuities in whole cents, paid late or not at all where the score said so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.caas.choices import Choices
from sources.workload.caas.market import Market
from sources.workload.caas.quotes import Quotes
from sources.workload.caas.requests import Asked
from sources.workload.columns import (
    DAY,
    MINUTE,
    NEVER,
    Array,
    Columns,
    Flags,
    Floats,
    Integers,
    full,
    named,
    sort_by,
    where,
)
from sources.workload.streams import chance, pick, stream

_MONTH = 30 * DAY
_PAST_DUE = 90 * DAY
_FIRST_MISSED = np.array([0.3, 0.35, 0.25, 0.1])


@dataclass(frozen=True)
class Loans:
    """Loans by position, in the order of disbursement; money in hundredths."""

    id: Array
    request: Integers
    quote: Integers
    who: Integers
    provider: Integers
    principal: Integers
    rate: Floats
    term: Integers
    disbursed: Integers
    secured: Flags


@dataclass
class Instalments:
    """One row for each instalment, by loan and then by number; a sale of collateral rewrites them (`collateral.py`).

    A secured loan has a spare one, in case that a sale does not cover it; whatever has nothing due does not exist.
    """

    loan: Integers
    number: Integers
    due_at: Integers
    principal: Integers
    due: Integers
    paid_at: Integers
    changed_at: Integers

    def of(self, loan: int) -> Integers:
        """The rows of one loan."""
        first, last = np.searchsorted(self.loan, [loan, loan + 1])
        return np.arange(first, last)

    def existing(self) -> Instalments:
        """Those with something due."""
        return Instalments(*(getattr(self, name)[self.due > 0] for name in Instalments.__dataclass_fields__))


def lend(seed: int, market: Market, asked: Asked, quotes: Quotes, choices: Choices) -> Loans:
    """One loan for each quote that was taken, paid out minutes later."""
    rng = stream(seed, "caas loans")
    request = np.flatnonzero(choices.quote >= 0)
    disbursed = choices.decided[request] + (rng.uniform(12, 40, len(request)) * MINUTE).astype(np.int64)
    order = np.argsort(disbursed, kind="stable")
    request, disbursed = request[order], disbursed[order]
    quote = choices.quote[request]
    return Loans(
        id=named(f"caasloan{seed}", np.arange(1, len(request) + 1), 6),
        request=request,
        quote=quote,
        who=asked.who[request],
        provider=quotes.provider[quote],
        principal=quotes.amount[quote],
        rate=quotes.apr[quote],
        term=asked.term[request],
        disbursed=disbursed,
        secured=market.secured[quotes.provider[quote]],
    )


def schedule(seed: int, market: Market, loans: Loans, end: int) -> Instalments:
    """Every instalment with when it was paid (`NEVER` for not yet); borrowers without collateral may stop paying."""
    rng = stream(seed, "caas repayments")
    rows = loans.term + loans.secured
    loan = np.repeat(np.arange(len(loans.id)), rows)
    number = np.arange(len(loan)) - np.repeat(np.cumsum(rows) - rows, rows) + 1
    principal, due = _annuities(loans, loan, number)
    due_at = loans.disbursed[loan] + number * _MONTH
    risk = 1 / (1 + np.exp((market.score[loans.who] - 570) / 32))
    stops = ~loans.secured & chance(rng, len(loans.id), risk)
    missed = np.where(stops, 1 + pick(rng, _FIRST_MISSED, len(loans.id)), np.iinfo(np.int64).max)
    tail = np.where(chance(rng, len(loan), 0.07), rng.exponential(9, len(loan)), 0)
    delay = (rng.normal(-0.5, 1.2, len(loan)) + tail).clip(-5, 60)
    paid_at = due_at + (delay * DAY).astype(np.int64)
    unpaid = (number >= missed[loan]) | (paid_at > end) | (due == 0)
    return Instalments(
        loan, number, due_at, principal, due, np.where(unpaid, NEVER, paid_at), loans.disbursed[loan].copy()
    )


def _annuities(loans: Loans, loan: Integers, number: Integers) -> tuple[Integers, Integers]:
    """Principal and whole amount of each instalment; the last one takes what rounding left over."""
    monthly = loans.rate / 1200
    payment = np.ceil(loans.principal * monthly / (1 - (1 + monthly) ** -loans.term)).astype(np.int64)
    balance = loans.principal.copy()
    principal, due = np.zeros(len(loan), dtype=np.int64), np.zeros(len(loan), dtype=np.int64)
    for instalment in range(1, int(loans.term.max(initial=0)) + 1):
        interest = np.rint(balance * monthly).astype(np.int64)
        part = np.where(loans.term == instalment, balance, np.minimum(payment - interest, balance))
        rows = np.flatnonzero((number == instalment) & (instalment <= loans.term[loan]))
        principal[rows] = part[loan[rows]]
        due[rows] = principal[rows] + interest[loan[rows]]
        balance = balance - np.where(instalment <= loans.term, part, 0)
    return principal, due


def loan_rows(
    seed: int, market: Market, loans: Loans, instalments: Instalments, sold: dict[int, tuple[int, bool]], end: int
) -> dict[str, Columns]:
    """Rows of loans and loan_repayments; `sold` says of a loan when its collateral went and whether that covered it."""
    count = len(loans.id)
    paid = instalments.paid_at != NEVER
    open_ = np.zeros(count, dtype=np.bool_)
    open_[instalments.loan[~paid]] = True
    oldest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(oldest, instalments.loan[~paid], instalments.due_at[~paid])
    last = loans.disbursed.copy()
    np.maximum.at(last, instalments.loan[paid], instalments.paid_at[paid])
    defaulted = open_ & (oldest <= end - _PAST_DUE)
    at = np.where(defaulted, oldest.clip(None, end) + _PAST_DUE, NEVER)
    status = where(defaulted, full(count, "defaulted"), where(open_, full(count, "active"), full(count, "repaid")))
    for loan, (when, covered) in sold.items():
        status[loan] = "liquidated" if covered else "defaulted"
        at[loan] = NEVER if covered else when
    rows: Columns = {
        "loan_id": loans.id,
        "request_id": named(f"request{seed}", loans.request + 1, 7),
        "quote_id": named(f"quote{seed}", loans.quote + 1, 8),
        "borrower_id": market.borrower[loans.who],
        "provider_id": market.providers[loans.provider],
        "account_id": market.account[loans.who],
        "jurisdiction": market.jurisdiction[loans.who],
        "principal": loans.principal,
        "currency": market.currency[loans.who],
        "annual_rate_pct": loans.rate,
        "term_months": loans.term,
        "status": status,
        "disbursed_at": loans.disbursed,
        "defaulted_at": at,
        "updated_at": np.where(at == NEVER, last, at),
    }
    repayments: Columns = {
        "loan_id": loans.id[instalments.loan],
        "instalment": instalments.number,
        "jurisdiction": market.jurisdiction[loans.who[instalments.loan]],
        "due_date": (instalments.due_at // DAY).astype("datetime64[D]"),
        "principal_amount": instalments.principal,
        "due_amount": instalments.due,
        "paid_amount": np.where(paid, instalments.due, 0),
        "attempt": np.ones(len(paid), dtype=np.int64),
        "paid_at": instalments.paid_at,
        "updated_at": np.where(paid, instalments.paid_at, instalments.changed_at),
    }
    # As they were paid: an account's movements reach the stream in their order.
    return {"loans": rows, "loan_repayments": sort_by(repayments, "paid_at")}
