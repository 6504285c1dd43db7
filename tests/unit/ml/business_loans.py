"""Builders of loans to businesses: falling inflows, late invoices, thin balances and large amounts tend to default."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]


def application(**changes: float | None) -> pd.DataFrame:
    """One application: 20,000 come in a month, 5,000 lie on the account, 30,000 are asked for over a year."""
    told = {
        "applied_monthly_inflow": 20_000.0,
        "applied_inflow_change_pct": -12.5,
        "applied_average_balance": 5_000.0,
        "applied_late_receivables_pct": 18.0,
        "requested_amount": 30_000.0,
        "term_months": 12.0,
    }
    return pd.DataFrame([{**told, **changes}]).astype("float64")


def business_loans(count: int = 2000, seed: int = 3) -> pd.DataFrame:
    """Loans of almost three years with their outcome, two in five of them European; one balance in ten is not known."""
    generator = np.random.default_rng(seed)
    inflow = generator.lognormal(9.5, 0.7, count).round(2)
    change = generator.normal(0, 18, count).round(3)
    late = generator.gamma(2, 9, count).clip(0, 100).round(3)
    balance = (inflow * generator.lognormal(-0.5, 0.6, count)).round(2)
    requested = (inflow * generator.uniform(0.3, 3, count)).round(2)
    strain = -change / 18 + late / 18 - np.log(balance / inflow) + requested / inflow - 4
    default = generator.random(count) < 1 / (1 + np.exp(1.2 - strain))
    balance[generator.random(count) < 0.1] = np.nan
    disbursed = pd.Timestamp("2023-11-01", tz="UTC") + pd.to_timedelta(np.sort(generator.integers(0, 1000, count)), "D")
    return pd.DataFrame(
        {
            "loan_id": [f"loan-{number}" for number in range(count)],
            "borrower": [f"business-{number % (count - count // 8)}" for number in range(count)],
            "jurisdiction": np.where(np.arange(count) % 5 < 3, "US", "EU"),
            "status": np.where(default, "defaulted", "repaid"),
            "disbursed_at": disbursed,
            "defaulted_at": pd.Series(disbursed).where(default) + pd.Timedelta(days=120),
            "applied_monthly_inflow": inflow,
            "applied_inflow_change_pct": change,
            "applied_average_balance": balance,
            "applied_late_receivables_pct": late,
            "requested_amount": requested,
            "term_months": generator.choice([6, 9, 12, 18], count),
        }
    )
