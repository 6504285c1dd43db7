"""Builders of decisions and labels for the model tests: a world in which large, sudden payments tend to be fraud."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.features import feature_names

START = pd.Timestamp("2026-08-01", tz="UTC")


def decisions(count: int = 6000, days: int = 60, seed: int = 1) -> pd.DataFrame:
    """Decisions with every declared feature; about every tenth value is missing."""
    generator = np.random.default_rng(seed)
    seconds = np.sort(generator.integers(0, days * 86_400, count))
    amount = generator.lognormal(8, 1, count).round()
    frame = pd.DataFrame(
        {
            "transaction_id": [f"t{number}" for number in range(count)],
            "leg": "debit",
            "attempt": 1,
            "account_id": [f"a{number % 200}" for number in range(count)],
            "occurred_at": START + pd.to_timedelta(seconds, unit="s"),
            "kind": np.where(generator.random(count) < 0.7, "card_payment", "transfer"),
            "amount_usd_minor": amount,
            "origin": "history",
        }
    )
    for name in feature_names():
        values = generator.lognormal(2, 1, count)
        values[generator.random(count) < 0.1] = np.nan
        frame[name] = values
    frame["transaction__amount_usd_minor"] = amount
    frame["transaction__is_card_payment"] = frame["kind"].eq("card_payment").astype(float)
    return frame


def labels(frame: pd.DataFrame, delay_days: float = 3.0, seed: int = 2) -> pd.DataFrame:
    """Fraud labels that arrive `delay_days` after the movement: likelier for large amounts and high ratios."""
    generator = np.random.default_rng(seed)
    ratio = frame["account__ratio_amount_to_mean_30d"].fillna(5)
    strength = np.log(frame["amount_usd_minor"]) - 8 + np.log(ratio) - 2
    risk = 1 / (1 + np.exp(-(2.2 * strength - 6)))
    fraud = frame["kind"].eq("card_payment") & (generator.random(len(frame)) < risk)
    told = frame.loc[fraud, ["transaction_id", "leg", "occurred_at"]]
    return told.assign(label="fraud", known_at=told["occurred_at"] + pd.Timedelta(days=delay_days)).drop(
        columns="occurred_at"
    )
