"""The six figures at the top of the executive page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd  # type: ignore[import-untyped]

from dashboards.figures import short_money
from dashboards.queries import Overview

HISTORY = "Movements that were loaded as history were judged by rules alone."


@dataclass(frozen=True)
class Indicator:
    """A figure, its change against the period before (None where there is nothing to compare), and its days."""

    label: str
    value: str
    change: str | None
    trend: list[float]
    meaning: str
    delta_color: Literal["normal", "inverse", "off"] = "normal"


def indicators(now: Overview, before: Overview) -> tuple[Indicator, ...]:
    """Volume, approval, margin, fraud stopped, fraud missed, alerts."""
    return (
        _volume(now, before),
        _approval(now, before),
        _margin(now, before),
        _fraud(
            "caught_usd",
            "Fraud stopped",
            f"Known fraud that was declined or sent to review, in money. {HISTORY}",
            now,
            before,
        ),
        _fraud("missed_usd", "Fraud missed", f"Known fraud that was allowed, in money. {HISTORY}", now, before),
        _alerts(now, before),
    )


def approval_rate(decisions: pd.DataFrame) -> float | None:
    """Share of decisions that allowed the movement; None without decisions."""
    total = decisions["decisions"].sum()
    return float(decisions.loc[decisions["outcome"] == "allow", "decisions"].sum() / total) if total else None


def relative_change(now: float, before: float) -> str | None:
    """How much more or less than before, in percent; None where there was nothing before."""
    return f"{100 * (now / before - 1):+.1f} %" if before else None


def _volume(now: Overview, before: Overview) -> Indicator:
    total, count = now.volume["amount_usd"].sum(), now.volume["transactions"].sum()
    change = relative_change(total, before.volume["amount_usd"].sum())
    trend = now.volume.groupby("day")["amount_usd"].sum().tolist()
    return Indicator("Volume", short_money(total), change, trend, f"{count:,.0f} completed movements, in US dollars.")


def _approval(now: Overview, before: Overview) -> Indicator:
    rate, earlier = approval_rate(now.decisions), approval_rate(before.decisions)
    change = f"{100 * (rate - earlier):+.2f} pts" if rate is not None and earlier is not None else None
    daily = [approval_rate(rows) or 0.0 for _, rows in now.decisions.groupby("day")]
    shown = "—" if rate is None else f"{100 * rate:.2f} %"
    return Indicator("Approval rate", shown, change, daily, "Decisions that let the movement pass at once.")


def _margin(now: Overview, before: Overview) -> Indicator:
    total = now.margin["margin_usd"].sum()
    change = relative_change(total, before.margin["margin_usd"].sum())
    trend = now.margin["margin_usd"].tolist()
    return Indicator("Remittance margin", short_money(total), change, trend, "Fees and exchange margin of remittances.")


def _fraud(column: str, label: str, meaning: str, now: Overview, before: Overview) -> Indicator:
    total = now.fraud[column].sum()
    change = relative_change(total, before.fraud[column].sum())
    trend = now.fraud[column].tolist()
    worse = column == "missed_usd"
    return Indicator(label, short_money(total), change, trend, meaning, "inverse" if worse else "normal")


def _alerts(now: Overview, before: Overview) -> Indicator:
    total = now.alerts["alerts"].sum()
    change = relative_change(total, before.alerts["alerts"].sum())
    return Indicator("Alerts raised", f"{total:,.0f}", change, [], "Patterns for compliance to look at.", "off")
