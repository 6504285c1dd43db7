"""What became of loans, and of which of them it counts. The present is the latest moment that the data know."""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import CreditModel


def counted(loans: pd.DataFrame, model: CreditModel) -> pd.Series:
    """Loans to learn from: those whose outcome window is over, and where the model says so, younger ones that have ended."""
    moments = (loans["disbursed_at"].max(), loans["defaulted_at"].max())
    present = max(moment for moment in moments if not pd.isna(moment))
    matured = loans["disbursed_at"] <= present - model.outcome_window
    return matured if model.learns_from == "matured" else matured | loans["status"].isin(["defaulted", "repaid"])


def defaulted(loans: pd.DataFrame, model: CreditModel) -> pd.Series:
    """Whether each loan defaulted; where only matured loans count, within the window, as every one of them is asked."""
    ever = loans["status"].eq("defaulted")
    late = pd.to_datetime(loans["defaulted_at"], utc=True) > loans["disbursed_at"] + model.outcome_window
    return ever & ~late if model.learns_from == "matured" else ever
