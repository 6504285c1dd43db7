"""Regulator reports as a short list with states and deadlines."""

from __future__ import annotations

from datetime import datetime
from html import escape

import pandas as pd  # type: ignore[import-untyped]

from contracts.jurisdictions import load_jurisdiction

STATES = {
    "filed": ("Filed", "good"),
    "open": ("Window open", "calm"),
    "invalid": ("Not valid", "bad"),
    "withdrawn": ("Withdrawn", "calm"),
    "due": ("Due", "warn"),
    "late": ("Overdue", "bad"),
}
URGENCY = ("late", "invalid", "due", "open", "filed", "withdrawn")
SHOWN = 4


def report_state(status: str, due_at: datetime, now: datetime) -> str:
    """What a report asks of people: an invalid one is late once its deadline passed."""
    return "late" if status == "invalid" and due_at < now else status


def report_counts(reports: pd.DataFrame, now: datetime) -> dict[str, int]:
    """How many reports are in each state, the urgent states first."""
    states = [report_state(row.status, row.due_at, now) for row in reports.itertuples()]
    return {state: states.count(state) for state in URGENCY if state in states}


def report_list(reports: pd.DataFrame, now: datetime) -> str:
    """The most urgent reports as HTML: state, regulator, period, amount and deadline, by the regulator's calendar."""
    rows = sorted(
        reports.itertuples(),
        key=lambda row: (URGENCY.index(report_state(row.status, row.due_at, now)), -row.period_start.timestamp()),
    )
    return "".join(_row(row, now) for row in rows[:SHOWN])


def _row(row: object, now: datetime) -> str:
    plain = row._asdict()  # type: ignore[attr-defined]  # itertuples gives named tuples
    label, tone = STATES[report_state(plain["status"], plain["due_at"], now)]
    zone = load_jurisdiction(plain["jurisdiction"]).zone
    day, due = (plain[name].astimezone(zone) for name in ("period_start", "due_at"))
    title = f"{plain['regulator']} {plain['report_type'].upper()} · {day:%-d %b}"
    amount = f"{plain['currency']} {plain['total']:,.0f} in {plain['transactions']:.0f} transfer"
    amount += "s" if plain["transactions"] > 1 else ""
    return (
        f'<div class="report"><div><b>{escape(title)}</b><small>{escape(amount)}</small></div>'
        f'<div class="right"><span class="chip {tone}">{label}</span><small>due {due:%-d %b}</small></div></div>'
    )
