"""Builders of observations for the behaviour cards' tests: a loan that defaults stops paying ninety days before it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.behaviour import BehaviourModel, behaviour_model
from contracts.models.credit import BehaviourModelName
from ml.credit.behaviour_dataset import Observations

FIRST, PRESENT = date(2024, 11, 1), date(2026, 11, 1)
_TERM = 9


def observations(name: BehaviourModelName = "micro_loan_behaviour", count: int = 1500, seed: int = 3) -> Observations:
    """Loans of two years, observed at the end of each month; the risky ones owe much and are scored low, and some pay late."""
    generator, model = np.random.default_rng(seed), behaviour_model(name)
    rows = [row for number in range(count) for row in _loan(generator, number, model)]
    frame = pd.DataFrame(rows).sort_values(["observed_at", "loan_id"], kind="stable").reset_index(drop=True)
    frame["defaulted_at"] = pd.to_datetime(frame["defaulted_at"], utc=True)
    return Observations(frame, pd.Timestamp(PRESENT, tz="UTC"))


def _of_member(income: float, debt: float, score: float, months: float) -> dict[str, float]:
    told = {"applied_income": income, "applied_existing_debt": debt}
    return {**told, "applied_employment_months": months, "applied_bureau_score": score}


def _of_business(income: float, debt: float, score: float, months: float) -> dict[str, float]:
    """The inflow is ten times what a person earns; a business that owes much has a thin balance and late receivables."""
    return {
        "applied_monthly_inflow": 10 * income,
        "applied_average_balance": 5 * income / (0.5 + debt / income),
        "applied_late_receivables_pct": min(100.0, 10 + 15 * debt / income),
        "applied_inflow_change_pct": (score - 650) / 5 + months / 60,
    }


def _of_consumer(income: float, debt: float, score: float, months: float) -> dict[str, float]:
    return {
        "applied_income": income,
        "applied_existing_debt": debt,
        "applied_employment_months": months,
        "applied_informal": float(months < 20),
        "reported_score": score,
        "reported_utilisation_pct": min(100.0, 30 + 20 * debt / income),
    }


# What was known of a borrower when the loan was granted: income, other debt, a score, and months with the employer say it all.
APPLIED: dict[BehaviourModelName, Callable[[float, float, float, float], dict[str, float]]] = {
    "micro_loan_behaviour": _of_member,
    "sme_loan_behaviour": _of_business,
    "consumer_loan_behaviour": _of_consumer,
}


def _loan(generator: np.random.Generator, number: int, model: BehaviourModel) -> list[dict[str, Any]]:
    lent = FIRST + timedelta(days=int(generator.integers(0, (PRESENT - FIRST).days)))
    income, score = float(generator.lognormal(8, 0.4)), float(round(generator.normal(650, 60)))
    debt = float(income * generator.gamma(1.5, 0.6))
    strain = debt / income - 1 - (score - 650) / 60
    missed = int(generator.integers(1, 5)) if generator.random() < 1 / (1 + np.exp(1.8 - strain)) else 0
    stragglers = generator.random(_TERM) < 0.1
    late = np.maximum(generator.normal(0, 2, _TERM), 0) + stragglers * generator.exponential(10, _TERM)
    fate = {
        "tenant_id": "union",
        "loan_id": f"loan-{number:05}",
        "borrower": f"union/member-{number // 8 * 8 + max(number % 8, 1)}",  # one in eight has a second loan
        "defaulted_at": lent + timedelta(days=30 * missed + 90) if missed else None,
        "principal": 2000.0,
        **APPLIED[model.model](income, debt, score, float(generator.integers(0, 120))),
        **({model.jurisdiction_column: "US" if number % 2 else "EU"} if model.jurisdiction_column else {}),
    }
    days = [day for day in month_ends(lent) if (day - lent).days < (30 * missed + 90 if missed else 30 * _TERM)]
    return [{**fate, **_measured((day - lent).days, missed, late), **_observed(day)} for day in days]


def month_ends(lent: date) -> list[date]:
    """The ends of months from a loan on that are over."""
    days = [lent + timedelta(days=days) for days in range((PRESENT - lent).days)]
    return [day for day in days if (day + timedelta(days=1)).day == 1]


def _observed(day: date) -> dict[str, Any]:
    return {"observed_at": pd.Timestamp(datetime.combine(day + timedelta(days=1), time()), tz="UTC")}


def _measured(age: int, missed: int, late: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, float]:
    due = min(age // 30, _TERM)
    paid = min(due, missed - 1) if missed else due
    behind = max(age - 30 * missed, 0) if missed else 0
    lateness = [*late[:paid], *(age - 30 * (place + 1) for place in range(paid, due))]
    return {
        "days_past_due": float(behind),
        "worst_days_past_due": max(lateness, default=0.0),
        "recent_days_past_due": max(lateness[-3:], default=0.0),
        "days_late": float(sum(lateness)),
        "instalments_due": float(due),
        "instalments_late": float(sum(1 for days in lateness if days > 1)),
        "instalments_paid": float(paid),
        "instalments_agreed": float(_TERM),
        "principal_owed": 2000.0 * (1 - paid / _TERM),
        "months_on_book": float(age // 30),
    }
