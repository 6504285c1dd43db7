"""Builders of the allowance as the executive page reads it."""

from __future__ import annotations

from typing import Any

import pandas as pd  # type: ignore[import-untyped]


def stage(day: str, currency: str, number: int, exposure: float, allowance: float, **more: object) -> dict[str, Any]:
    """The totals of a stage on a reporting day: two micro-loans, unless it is told otherwise."""
    return {
        "model": "micro_loan",
        "day": pd.Timestamp(day),
        "currency": currency,
        "stage": number,
        "loans": 2.0,
        "exposure_total": exposure,
        "allowance_total": allowance,
        **more,
    }


def allowance(*stages: dict[str, Any]) -> pd.DataFrame:
    """Stages in the order of the page's query."""
    return pd.DataFrame(stages).sort_values(["model", "day", "currency", "stage"], ignore_index=True)
