"""Credit applications: asked for, looked up at a bureau, decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import (
    DAY,
    HOUR,
    MINUTE,
    NEVER,
    SECOND,
    Array,
    Columns,
    Flags,
    Floats,
    Integers,
    full,
    named,
    take,
    where,
)
from sources.workload.raisket.partners import Partners
from sources.workload.raisket.people import LOAN_DAYS, People
from sources.workload.streams import chance, choose, money, pick, stream

# Product, title, kind, smallest and largest amount, yearly rate, opening fee (percent), and whether interest bears IVA.
PRODUCTS = (
    ("prestamo-personal", "Préstamo personal", "personal", 3_000, 80_000, 42.0, 2.5, True),
    ("prestamo-nomina", "Préstamo de nómina", "payroll", 3_000, 120_000, 29.5, 1.5, True),
    ("microcredito", "Microcrédito", "micro", 1_000, 20_000, 68.0, 3.0, True),
    ("credito-negocio", "Crédito para tu negocio", "business", 10_000, 250_000, 36.0, 2.0, False),
)
RATES = np.array([spec[5] for spec in PRODUCTS])
FEES = np.array([spec[6] for spec in PRODUCTS])
BEARS_IVA = np.array([spec[7] for spec in PRODUCTS])
_BY_EMPLOYMENT = {
    "salaried": (0.35, 0.55, 0.08, 0.02),
    "self_employed": (0.35, 0.0, 0.2, 0.45),
    "informal": (0.3, 0.0, 0.6, 0.1),
    "retired": (0.7, 0.2, 0.1, 0.0),
}
_TERMS = np.array([3, 6, 9, 12])
_TERM_SHARES = np.array([0.25, 0.4, 0.2, 0.15])
_BROUGHT = 0.65
_FELL_BEHIND = -0.8  # standing below which somebody was late elsewhere


@dataclass(frozen=True)
class Applications:
    """In the order of submission; `partner` is -1 for those whom nobody brought, `decided` NEVER for open ones."""

    application: Array
    inquiry: Array
    who: Integers
    product: Integers
    partner: Integers
    amount: Integers
    term: Integers
    submitted: Integers
    decided: Integers
    pulled: Flags
    approved: Flags
    income: Integers
    debt: Integers
    report: Columns


def build_applications(seed: int, count: int, people: People, partners: Partners, calendar: Calendar) -> Applications:
    """Draw them; who was decided on had given a consent and was inquired for."""
    rng = stream(seed, "raisket applications")
    who = rng.integers(0, len(people), count)
    submitted = np.sort(calendar.end - (rng.random(count) * LOAN_DAYS * DAY).astype(np.int64) - 2 * HOUR)
    product = _products(rng, people.employment[who])
    lowest, highest = (np.array([spec[place] for spec in PRODUCTS])[product] for place in (3, 4))
    amount = (people.income[who] * rng.uniform(0.3, 2.2, count)).clip(lowest, highest)
    debt = people.debt[who] * np.exp(rng.normal(0, 0.2, count))
    pulled = chance(rng, count, 0.95)
    report = _report(rng, people, who)
    unsafe = 0.7 * np.log(debt / people.income[who] + 0.1) - people.standing[who] + rng.normal(0, 0.7, count)
    decided = submitted + 10 * MINUTE + rng.integers(0, 20 * HOUR, count)
    open_ = decided > calendar.end
    return Applications(
        application=named(f"application{seed}", np.arange(1, count + 1)),
        inquiry=named(f"inquiry{seed}", np.arange(1, count + 1)),
        who=who,
        product=product,
        partner=np.where(chance(rng, count, _BROUGHT), pick(rng, partners.weight, count), -1),
        amount=money(np.round(amount / 100) * 100),
        term=_TERMS[pick(rng, _TERM_SHARES, count)],
        submitted=submitted,
        decided=np.where(open_, NEVER, decided),
        pulled=pulled,
        approved=pulled & ~open_ & (unsafe < 1.0),
        income=money(people.income[who] * np.exp(rng.normal(0, 0.08, count))),
        debt=money(debt),
        report=report,
    )


def application_rows(people: People, partners: Partners, made: Applications) -> Columns:
    """The rows of applications."""
    decided = made.decided != NEVER
    outcome = where(made.approved, full(len(made.who), "approved"), where(made.pulled, full(len(made.who), "rejected")))
    outcome[~made.pulled] = "withdrawn"
    outcome[~decided] = "submitted"
    return {
        "application_id": made.application,
        "user_id": people.user[made.who],
        "product_id": product_ids()[made.product],
        "partner_id": where(made.partner >= 0, partners.partner[made.partner]),
        "bureau_inquiry_id": where(made.pulled, made.inquiry),
        "requested_amount": made.amount,
        "currency": full(len(made.who), "MXN"),
        "term_months": made.term,
        "applied_income": made.income,
        "applied_employment": people.employment[made.who],
        "applied_employment_months": people.months[made.who],
        "applied_existing_debt": made.debt,
        "status": outcome,
        "submitted_at": made.submitted,
        "decided_at": made.decided,
        "updated_at": np.where(decided, made.decided, made.submitted),
    }


def bureau_rows(seed: int, people: People, made: Applications) -> dict[str, Columns]:
    """The inquiry of every application that came so far, within a minute, and the answer seconds later."""
    rng = stream(seed, "raisket bureau")
    rows = np.flatnonzero(made.pulled)
    asked = made.submitted[rows] + rng.integers(5 * SECOND, MINUTE, len(rows))
    inquiries: Columns = {
        "bureau_inquiry_id": made.inquiry[rows],
        "user_id": people.user[made.who[rows]],
        "consent_id": named(f"consent{seed}", made.who[rows] + 1),
        "bureau": choose(rng, ("buro_de_credito", "circulo_de_credito"), len(rows), (0.6, 0.4)),
        "inquired_at": asked,
    }
    reports: Columns = {
        "bureau_inquiry_id": inquiries["bureau_inquiry_id"],
        "user_id": inquiries["user_id"],
        **take(made.report, rows),
        "currency": full(len(rows), "MXN"),
        "reported_at": asked + rng.integers(SECOND, 9 * SECOND, len(rows)),
    }
    return {"bureau_inquiries": inquiries, "bureau_reports": reports}


def product_rows(begin: int) -> Columns:
    """The products on offer."""
    return {
        "product_id": product_ids(),
        "title": np.array([spec[1] for spec in PRODUCTS], dtype=object),
        "kind": np.array([spec[2] for spec in PRODUCTS], dtype=object),
        "minimum_amount": np.array([spec[3] * 100 for spec in PRODUCTS]),
        "maximum_amount": np.array([spec[4] * 100 for spec in PRODUCTS]),
        "currency": full(len(PRODUCTS), "MXN"),
        "annual_rate_pct": RATES,
        "opening_fee_pct": FEES,
        "iva_on_interest": BEARS_IVA,
        "updated_at": np.full(len(PRODUCTS), begin),
    }


def product_ids() -> Array:
    """Their identifiers."""
    return np.array([spec[0] for spec in PRODUCTS], dtype=object)


def _products(rng: np.random.Generator, employment: Array) -> Integers:
    product = np.zeros(len(employment), dtype=np.int64)
    for kind, shares in _BY_EMPLOYMENT.items():
        rows = np.flatnonzero(employment == kind)
        product[rows] = pick(rng, np.array(shares), len(rows))
    return product


def _report(rng: np.random.Generator, people: People, who: Integers) -> Columns:
    count = len(who)
    standing: Floats = people.standing[who]
    score = np.rint(640 + 55 * standing + rng.normal(0, 20, count)).clip(300, 850).astype(np.int64)
    worst = np.where(standing + rng.normal(0, 0.7, count) < _FELL_BEHIND, rng.integers(5, 120, count), 0)
    limit = people.income[who] * rng.uniform(0.5, 2.5, count)
    return {
        "score": where(chance(rng, count, 0.88), score),
        "open_accounts": rng.poisson(2.2, count),
        "reported_debt": money(people.debt[who] * rng.uniform(0.7, 1.1, count)),
        "credit_limit": money(limit),
        "utilisation_pct": np.round((people.utilisation[who] + rng.normal(0, 4, count)).clip(0, 100), 3),
        "worst_days_past_due": worst,
        "inquiries_6m": rng.poisson(np.where(standing < 0, 2.4, 1.1)),
    }
