"""Loans that repay, fall behind and default, for causes that an application and its bureau report show, with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import (
    DAY,
    HOUR,
    MINUTE,
    NEVER,
    Array,
    Columns,
    Flags,
    Floats,
    Integers,
    choose_rows,
    full,
    named,
    sort_by,
    stack,
    take,
    where,
)
from sources.workload.raisket.amortisation import Schedule, amortise
from sources.workload.raisket.applications import BEARS_IVA, FEES, RATES, Applications, product_ids
from sources.workload.raisket.partners import Partners
from sources.workload.raisket.people import LOCAL, People
from sources.workload.raisket.tax import tax_rates, value_added_tax
from sources.workload.streams import chance, choose, pick, risks, stream
from sources.workload.system import identify

_DEFAULT_SHARE = 0.14
_FIRST_MISSED = np.array([0.3, 0.35, 0.25, 0.1])  # default at instalment 1, 2, 3 or 4
_PAST_DUE = 90 * DAY


@dataclass(frozen=True)
class Loans:
    """Position i is one loan; `made` are rows of the applications, `missed` the first instalment not paid, 0 for none."""

    loan: Array
    made: Integers
    disbursed: Integers
    missed: Integers
    risk: Floats


def build_loans(seed: int, people: People, made: Applications, calendar: Calendar) -> Loans:
    """Most of what was approved is taken, within two days."""
    rng = stream(seed, "raisket loans")
    rows = choose_rows(rng, np.flatnonzero(made.approved), 0.9)
    disbursed = made.decided[rows] + (HOUR + rng.random(len(rows)) * 40 * HOUR).astype(np.int64)
    rows, disbursed = rows[disbursed <= calendar.end], disbursed[disbursed <= calendar.end]
    order = np.argsort(disbursed, kind="stable")
    rows, disbursed = rows[order], disbursed[order]
    risk = _default_chance(rng, people, made, rows)
    defaults = chance(rng, len(rows), risk)
    missed = np.minimum(1 + pick(rng, _FIRST_MISSED, len(rows)), made.term[rows])
    return Loans(
        named(f"credit{seed}", np.arange(1, len(rows) + 1)), rows, disbursed, np.where(defaults, missed, 0), risk
    )


def schedule_of(made: Applications, loans: Loans) -> Schedule:
    """Every instalment of every loan."""
    product = made.product[loans.made]
    return amortise(made.amount[loans.made], RATES[product], _tax_pct(product, loans.disbursed), made.term[loans.made])


def lending_rows(
    seed: int, parties: tuple[People, Partners], made: Applications, loans: Loans, calendar: Calendar
) -> dict[str, Columns]:
    """The rows of loans, their instalments, and the movements that fall into the history."""
    people, partners = parties
    plan = schedule_of(made, loans)
    due_day = _due_days(loans.disbursed, plan)
    due = due_day * DAY + LOCAL + 12 * HOUR
    paid_at = _paid(seed, loans, plan, due, calendar.end)
    part_at, part = _in_part(seed, loans, plan, due, calendar.end)
    paid = np.where(paid_at != NEVER, plan.due, part)
    changed = np.where(paid_at != NEVER, paid_at, np.where(part > 0, part_at, loans.disbursed[plan.loan]))
    repayments: Columns = {
        "loan_id": loans.loan[plan.loan],
        "instalment": plan.number,
        "due_date": due_day.astype("datetime64[D]"),
        "principal_amount": plan.principal,
        "interest_amount": plan.interest,
        "iva_amount": plan.tax,
        "due_amount": plan.due,
        "paid_amount": paid,
        "paid_at": paid_at,
        "updated_at": changed,
    }
    given = (plan, due, np.where(paid > 0, changed, NEVER), paid)
    return {
        "loans": _loan_rows(people, partners, made, loans, (plan, due, paid_at), calendar.end),
        "loan_repayments": repayments,
        "transactions": _movements(seed, people, made, loans, given, calendar),
    }


def _default_chance(rng: np.random.Generator, people: People, made: Applications, rows: Integers) -> Floats:
    who = made.who[rows]
    income, debt = made.income[rows] / 100, made.debt[rows] / 100
    strain = (
        0.6 * np.log(debt / income + 0.1)
        + 0.5 * made.amount[rows] / made.income[rows]
        - 0.5 * np.log(income / 13_500)
        + 0.012 * people.utilisation[who]
        - 0.6 * people.standing[who]
        + 0.5 * (people.employment[who] == "informal")
        - 0.2 * np.log1p(people.months[who])
        + rng.normal(0, 0.5, len(rows))
    )
    return risks(strain, _DEFAULT_SHARE)


def _due_days(disbursed: Integers, plan: Schedule) -> Integers:
    """The same day of each following month, or its last one; days since 1970 in Mexico City."""
    day = ((disbursed - LOCAL) // DAY).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    offset = (day - month.astype("datetime64[D]")).astype(np.int64)
    first = month[plan.loan] + plan.number
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    days: Integers = first.astype("datetime64[D]").astype(np.int64) + np.minimum(offset[plan.loan], length - 1)
    return days


def _paid(seed: int, loans: Loans, plan: Schedule, due: Integers, end: int) -> Integers:
    """When each instalment is paid in full; the riskier the loan the more often late, by up to three months."""
    rng = stream(seed, "raisket repayments")
    late = chance(rng, len(due), (0.05 + 0.5 * loans.risk[plan.loan]).clip(0, 0.6))
    delay = np.where(late, rng.exponential(16, len(due)).clip(1, 85), rng.uniform(-3, 0.4, len(due)))
    at = np.maximum(due + (delay * DAY).astype(np.int64), loans.disbursed[plan.loan] + HOUR)
    missed = loans.missed[plan.loan]
    return np.where(((missed > 0) & (plan.number >= missed)) | (at > end), NEVER, at)


def _in_part(seed: int, loans: Loans, plan: Schedule, due: Integers, end: int) -> tuple[Integers, Integers]:
    """A quarter of those who stop paying give a last part; when, and how much."""
    rng = stream(seed, "raisket parts")
    last = (plan.number == loans.missed[plan.loan]) & chance(rng, len(due), 0.25)
    at = due + (rng.uniform(2, 20, len(due)) * DAY).astype(np.int64)
    part = np.where(last & (at <= end), (plan.due * rng.uniform(0.2, 0.7, len(due))).astype(np.int64), 0)
    return at, part


def _loan_rows(
    people: People,
    partners: Partners,
    made: Applications,
    loans: Loans,
    repaid: tuple[Schedule, Integers, Integers],
    end: int,
) -> Columns:
    plan, due, paid_at = repaid
    count = len(loans.loan)
    first_missed = np.full(count, np.iinfo(np.int64).max // 2)
    unpaid = (plan.number == loans.missed[plan.loan]) & (loans.missed[plan.loan] > 0)
    first_missed[plan.loan[unpaid]] = due[unpaid] + _PAST_DUE
    defaulted = first_missed <= end
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, plan.loan, np.where(paid_at == NEVER, np.iinfo(np.int64).max, paid_at))
    closed = last <= end
    product, partner, who = made.product[loans.made], made.partner[loans.made], made.who[loans.made]
    return {
        "loan_id": loans.loan,
        "application_id": made.application[loans.made],
        "user_id": people.user[who],
        "account_id": people.account[who],
        "product_id": product_ids()[product],
        "partner_id": where(partner >= 0, partners.partner[partner]),
        "principal": made.amount[loans.made],
        "currency": full(count, "MXN"),
        "annual_rate_pct": RATES[product],
        "interest_iva_pct": _tax_pct(product, loans.disbursed),
        "term_months": made.term[loans.made],
        "in_marginalised_zone": people.marginalised[who],
        "status": where(
            defaulted, full(count, "defaulted"), where(closed, full(count, "repaid"), full(count, "active"))
        ),
        "disbursed_at": loans.disbursed,
        "defaulted_at": np.where(defaulted, first_missed, NEVER),
        "updated_at": np.where(defaulted, first_missed, np.where(closed, last, loans.disbursed)),
    }


def _tax_pct(product: Integers, disbursed: Integers) -> Floats:
    """On interest, in percent; credits for a business are exempt."""
    share: Floats = np.where(BEARS_IVA[product], tax_rates(disbursed) / 100, 0.0)
    return share


def _movements(
    seed: int,
    people: People,
    made: Applications,
    loans: Loans,
    given: tuple[Schedule, Integers, Integers, Integers],
    calendar: Calendar,
) -> Columns:
    rng = stream(seed, "raisket movements")
    plan, due, paid_at, paid = given
    every = np.arange(len(loans.loan))
    principal = made.amount[loans.made]
    fee = np.rint(principal * FEES[made.product[loans.made]] / 100).astype(np.int64)
    fee += value_added_tax(fee, loans.disbursed)
    done = np.flatnonzero(paid_at != NEVER)
    # The direct debit of the due date fails where the money came more than a day late, or never.
    failed = np.flatnonzero(_debit_fails(loans, plan, due, paid_at, calendar.end))
    debit = due[failed] + rng.integers(0, 6 * HOUR, len(failed))
    rows = stack(
        [
            _movement(loans, every, "disbursement", principal, loans.disbursed),
            _movement(loans, every, "opening_fee", fee, loans.disbursed + MINUTE),
            _movement(loans, plan.loan[done], "repayment", paid[done], paid_at[done], plan.number[done]),
            _movement(loans, plan.loan[failed], "repayment", plan.due[failed], debit, plan.number[failed], "failed"),
        ]
    )
    rows["movement"] = np.arange(len(rows["occurred_at"]))
    in_hand = choose(rng, ("internal", "app", "partner"), len(rows["movement"]), (0.62, 0.28, 0.1))
    came = (rows["kind"] == "repayment") & (rows["status"] == "completed")
    rows["channel"] = where(came, in_hand, full(len(in_hand), "internal"))
    who = made.who[loans.made][rows.pop("position")]
    rows |= {"user_id": people.user[who], "account_id": people.account[who]}
    rows = sort_by(take(rows, calendar.within(rows["occurred_at"])), "occurred_at")
    return {**rows, "transaction_id": identify(f"rk{seed}", rows["movement"])}


def _debit_fails(loans: Loans, plan: Schedule, due: Integers, paid_at: Integers, end: int) -> Flags:
    missed = loans.missed[plan.loan]
    given_up = (missed > 0) & (plan.number > missed + 1)
    fails: Flags = (due + 6 * HOUR <= end) & ((paid_at == NEVER) | (paid_at > due + DAY)) & ~given_up
    return fails


def _movement(  # noqa: PLR0913, PLR0917 - the columns that no movement goes without
    loans: Loans,
    position: Integers,
    kind: str,
    amount: Integers,
    at: Integers,
    instalment: Integers | None = None,
    status: str = "completed",
) -> Columns:
    count = len(position)
    return {
        "position": position,
        "loan_id": loans.loan[position],
        "kind": full(count, kind),
        "instalment": full(count, None) if instalment is None else instalment.astype(object),
        "status": full(count, status),
        "amount": amount,
        "currency": full(count, "MXN"),
        "occurred_at": at,
        "updated_at": at,
    }
