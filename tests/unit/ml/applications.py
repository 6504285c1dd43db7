"""Builders of micro-loans for the scorecard tests: low income, debt and a low bureau score tend to default."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]


def loans(count: int = 1200, seed: int = 3) -> pd.DataFrame:
    """Loans of two years with their outcome; one bureau score in eight is missing."""
    generator = np.random.default_rng(seed)
    income = generator.lognormal(8, 0.4, count).round(2)
    debt = (income * generator.gamma(1.5, 0.6, count)).round(2)
    bureau = generator.normal(650, 60, count).round()
    months = generator.integers(0, 120, count)
    strain = debt / income - 1 - (bureau - 650) / 60 - (income - 3000) / 2500 - months / 120
    default = generator.random(count) < 1 / (1 + np.exp(1.8 - strain))
    bureau[generator.random(count) < 0.125] = np.nan
    disbursed = pd.Timestamp("2024-09-01", tz="UTC") + pd.to_timedelta(np.sort(generator.integers(0, 700, count)), "D")
    return pd.DataFrame(
        {
            "loan_id": [f"loan-{number}" for number in range(count)],
            "status": np.where(default, "defaulted", "repaid"),
            "disbursed_at": disbursed,
            "defaulted_at": pd.Series(disbursed).where(default) + pd.Timedelta(days=120),
            "principal": (income * generator.uniform(0.2, 1.5, count)).round(2),
            "applied_income": income,
            "applied_employment_months": months,
            "applied_existing_debt": debt,
            "applied_bureau_score": bureau,
            "applied_remittances_90d": generator.integers(0, 9, count),
        }
    )
