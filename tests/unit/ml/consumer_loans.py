"""Builders of consumer loans: debt, informal work, used-up credit limits and a bad name at the bureau tend to default."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

REPORT = {
    "reported_score": 640.0,
    "reported_utilisation_pct": 55.5,
    "reported_worst_days_past_due": 0.0,
    "reported_inquiries_6m": 2.0,
    "reported_debt": 9_000.0,
}


def application(**changes: float | None) -> pd.DataFrame:
    """One application: 12,000 pesos a month for two years, 6,000 owed, 9,000 asked for over six months, a report without arrears."""
    told = {
        "applied_income": 12_000.0,
        "applied_employment_months": 24.0,
        "applied_informal": 0.0,
        "applied_existing_debt": 6_000.0,
        "requested_amount": 9_000.0,
        "term_months": 6.0,
        **REPORT,
    }
    return pd.DataFrame([{**told, **changes}]).astype("float64")


def consumer_loans(count: int = 3000, seed: int = 5) -> pd.DataFrame:
    """Loans of almost three years with their outcome; the bureau knows no score of one in eight, one in ten has no report."""
    generator = np.random.default_rng(seed)
    income = generator.lognormal(9.4, 0.5, count).round(2)
    informal = (generator.random(count) < 0.25).astype(np.float64)
    months = generator.gamma(1.3, 28, count).round()
    debt = (income * generator.lognormal(-0.3, 0.7, count)).round(2)
    requested = (income * generator.uniform(0.3, 2.2, count)).round(2)
    score = generator.normal(640, 60, count).round()
    used = generator.uniform(0, 100, count).round(3)
    late = np.where(generator.random(count) < 0.2, generator.integers(5, 120, count), 0).astype(np.float64)
    strain = (
        np.log(debt / income)
        + requested / income
        + 0.9 * informal
        - (score - 640) / 60
        + used / 40
        + late / 50
        - np.log1p(months) / 3
        - np.log(income / 12_000)
    )
    default = generator.random(count) < 1 / (1 + np.exp(2.6 - strain))
    disbursed = pd.Timestamp("2023-11-01", tz="UTC") + pd.to_timedelta(np.sort(generator.integers(0, 1000, count)), "D")
    frame = pd.DataFrame(
        {
            "loan_id": [f"loan-{number}" for number in range(count)],
            "borrower": [f"user-{number % (count - count // 8)}" for number in range(count)],
            "status": np.where(default, "defaulted", "repaid"),
            "disbursed_at": disbursed,
            "defaulted_at": pd.Series(disbursed).where(default) + pd.Timedelta(days=150),
            "applied_income": income,
            "applied_employment_months": months,
            "applied_informal": informal,
            "applied_existing_debt": debt,
            "requested_amount": requested,
            "term_months": generator.choice([3.0, 6.0, 9.0, 12.0], count),
            "reported_score": np.where(generator.random(count) < 0.125, np.nan, score),
            "reported_utilisation_pct": used,
            "reported_worst_days_past_due": late,
            "reported_inquiries_6m": generator.poisson(np.where(score < 640, 2.4, 1.1)).astype(np.float64),
            "reported_debt": (debt * generator.uniform(0.7, 1.1, count)).round(2),
        }
    )
    frame.loc[generator.random(count) < 0.1, list(REPORT)] = np.nan
    return frame
