"""Builders of observations for the behaviour card's tests: a loan that defaults stops paying ninety days before it does."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.behaviour import behaviour_model
from ml.credit.behaviour_dataset import Observations

MODEL = behaviour_model("micro_loan_behaviour")
FIRST, PRESENT = date(2024, 11, 1), date(2026, 11, 1)
_TERM = 9


def observations(count: int = 1500, seed: int = 3) -> Observations:
    """Loans of two years, observed at the end of each month; the risky ones owe much and are scored low, and some pay late."""
    generator = np.random.default_rng(seed)
    rows = [row for number in range(count) for row in _loan(generator, number)]
    frame = pd.DataFrame(rows).sort_values(["observed_at", "loan_id"], kind="stable").reset_index(drop=True)
    frame["defaulted_at"] = pd.to_datetime(frame["defaulted_at"], utc=True)
    return Observations(frame, pd.Timestamp(PRESENT, tz="UTC"))


def _loan(generator: np.random.Generator, number: int) -> list[dict[str, Any]]:
    lent = FIRST + timedelta(days=int(generator.integers(0, (PRESENT - FIRST).days)))
    income, bureau = float(generator.lognormal(8, 0.4)), float(round(generator.normal(650, 60)))
    debt = float(income * generator.gamma(1.5, 0.6))
    strain = debt / income - 1 - (bureau - 650) / 60
    missed = int(generator.integers(1, 5)) if generator.random() < 1 / (1 + np.exp(1.8 - strain)) else 0
    stragglers = generator.random(_TERM) < 0.1
    late = np.maximum(generator.normal(0, 2, _TERM), 0) + stragglers * generator.exponential(10, _TERM)
    fate = {
        "tenant_id": "union",
        "loan_id": f"loan-{number:05}",
        "borrower": f"union/member-{number // 8 * 8 + max(number % 8, 1)}",  # one in eight has a second loan
        "defaulted_at": lent + timedelta(days=30 * missed + 90) if missed else None,
        "principal": 2000.0,
        "applied_income": income,
        "applied_employment_months": float(generator.integers(0, 120)),
        "applied_existing_debt": debt,
        "applied_bureau_score": bureau,
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
