"""The allowance for expected credit losses: each product's newest reporting day by currency and stage, and coverage over the days."""

from __future__ import annotations

from html import escape
from typing import cast

import pandas as pd  # type: ignore[import-untyped]
import plotly.graph_objects as go  # type: ignore[import-untyped]

from contracts.models.credit import CREDIT_MODELS, CreditModelName, credit_model
from dashboards.figures import AMBER, RED, TEAL, plain_figure

STAGES = {1: ("Stage 1 · twelve months", TEAL), 2: ("Stage 2 · whole life", AMBER), 3: ("Stage 3 · impaired", RED)}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_AMOUNTS = ["loans", "exposure_total", "allowance_total"]


def allowance_table(allowance: pd.DataFrame) -> str:
    """The newest reporting day of each product as HTML: loans, exposure, allowance and coverage of each stage, and of each currency."""
    lines = []
    for model, days in allowance.groupby("model", sort=True):
        newest = days[days["day"] == days["day"].max()]
        title = f"{product_of(str(model))}, {newest['day'].iloc[0]:%-d %b %Y}"
        lines.append(f"<tr class='product'><td colspan='5'>{escape(title)}</td></tr>")
        for currency, rows in newest.groupby("currency", sort=True):
            lines += [_line(f"{currency} {STAGES[int(row.stage)][0]}", row) for row in rows.itertuples()]
            lines.append(_line(f"{currency} in all", rows[_AMOUNTS].sum(), "whole"))
    head = "<tr><th></th><th>Loans</th><th>Exposure</th><th>Allowance</th><th>Coverage</th></tr>"
    return f"<table class='allowance'>{head}{''.join(lines)}</table>"


def coverage_figure(allowance: pd.DataFrame) -> go.Figure:
    """Allowance over exposure on each reporting day: a colour for each stage, a dash for each product and currency."""
    figure = plain_figure()
    books = sorted(set(zip(allowance["model"], allowance["currency"], strict=True)))
    for (model, currency, stage), rows in allowance.groupby(["model", "currency", "stage"]):
        name, colour = STAGES[int(stage)]
        figure.add_scatter(
            x=rows["day"],
            y=coverage(rows["allowance_total"], rows["exposure_total"]),
            name=name if len(books) == 1 else f"{product_of(str(model))} {currency} stage {stage}",
            mode="lines+markers",
            line={"color": colour, "dash": DASHES[books.index((model, currency)) % len(DASHES)]},
            hovertemplate="%{y:.2%}<extra>%{fullData.name}</extra>",
        )
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    days = allowance["day"].unique()
    if len(days) == 1:  # left alone, an axis of one day is told in milliseconds
        figure.update_xaxes(tickvals=days, tickformat="%-d %b %Y")
    return figure


def product_of(model: str) -> str:
    """What people call a model's loans; the model's own name where it is no longer declared, since a table keeps its past."""
    names = {name: credit_model(name).title for name in CREDIT_MODELS}
    return names.get(cast("CreditModelName", model), model).capitalize()


def coverage(allowance: pd.Series, exposure: pd.Series) -> pd.Series:
    """The allowance as a share of the exposure; missing where nothing is exposed."""
    return allowance / exposure.where(exposure > 0)


def _line(name: str, amounts: object, tone: str = "stage") -> str:
    exposure, allowance = amounts.exposure_total, amounts.allowance_total  # type: ignore[attr-defined]  # a row or a sum of rows
    shown = f"{allowance / exposure:.2%}" if exposure > 0 else "—"
    cells = (f"{amounts.loans:,.0f}", f"{exposure:,.0f}", f"{allowance:,.0f}", shown)  # type: ignore[attr-defined]  # likewise
    return f"<tr class='{tone}'><td>{escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
