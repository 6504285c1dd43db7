"""Builders of the allowance as the executive page reads it."""

from __future__ import annotations

from typing import Any

import pandas as pd  # type: ignore[import-untyped]


def stage(
    day: str, currency: str, number: int, exposure: float, allowance: float, loans: float = 2.0
) -> dict[str, Any]:
    """The totals of a stage on a reporting day."""
    return {
        "day": pd.Timestamp(day),
        "currency": currency,
        "stage": number,
        "loans": loans,
        "exposure_total": exposure,
        "allowance_total": allowance,
    }


def allowance(*stages: dict[str, Any]) -> pd.DataFrame:
    """Stages in the order of the page's query."""
    return pd.DataFrame(stages).sort_values(["day", "currency", "stage"], ignore_index=True)
