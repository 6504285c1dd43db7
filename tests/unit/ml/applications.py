"""Builders of micro-loans for the scorecard tests: low income, debt and a low bureau score tend to default."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import CreditDesign


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
            "borrower": [f"member-{number % (count - count // 8)}" for number in range(count)],
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


def design(**training: object) -> CreditDesign:
    """Three columns of three kinds: debt that may only raise defaults, an ordered band and a category of texts."""
    return CreditDesign.model_validate(
        {
            "features": [
                {"name": "debt", "trend": "ascending"},
                {"name": "band", "kind": "ordered", "levels": ["low", "middle", "high"], "trend": "descending"},
                {"name": "trade", "kind": "category"},
            ],
            "scale": {"base_points": 600, "base_odds": 50, "points_to_double_odds": 20},
            "training": {
                "seed": 5,
                "minimum_bin_share": 0.05,
                "inverse_penalties": [1.0],
                "category_smoothing": 10,
                **training,
            },
        }
    )


def applicants(count: int = 900, seed: int = 4) -> tuple[pd.DataFrame, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Applicants for `design` and whether they defaulted; one in ten says no debt, one in ten no trade."""
    generator = np.random.default_rng(seed)
    debt, place, trade = generator.gamma(2, 1, count), generator.integers(0, 3, count), generator.integers(0, 4, count)
    strain = debt - place + trade / 1.5 - 3
    default = generator.random(count) < 1 / (1 + np.exp(-strain))
    features = pd.DataFrame(
        {
            "debt": np.where(generator.random(count) < 0.1, np.nan, debt),
            "band": np.array(["low", "middle", "high"], dtype=object)[place],
            "trade": np.array(["baker", "driver", "smith", "tailor"], dtype=object)[trade],
        }
    )
    features.loc[generator.random(count) < 0.1, "trade"] = None
    return features, default
