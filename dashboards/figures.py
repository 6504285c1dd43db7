"""The page's charts: one function for each, from a frame of queries.py to a figure without decoration."""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped]
import plotly.graph_objects as go  # type: ignore[import-untyped]

INK, MUTED, GRID = "#0b1f33", "#5b6b7b", "#e6ebef"
TEAL, NAVY, AMBER, RED, SKY = "#0f766e", "#1e3a5f", "#d97706", "#b42318", "#7fb3c8"
VIOLET, MOSS = "#6d5a9c", "#8fae5d"
APPS = {"diasporacore": TEAL, "finflow": NAVY, "nexafi": SKY, "caas": VIOLET, "raisket": MOSS, "stsa": AMBER}
APP_NAMES = {
    "diasporacore": "Diaspora banking",
    "finflow": "Merchant payments",
    "nexafi": "Business banking",
    "caas": "Credit aggregator",
    "raisket": "Credit marketplace",
    "stsa": "Paper trading",
}
OUTCOMES = {"review": AMBER, "decline": RED}
OUTCOME_NAMES = {"review": "Sent to review", "decline": "Declined"}
SEVERITIES = {"high": RED, "medium": AMBER, "low": SKY}
HEIGHT = 235
BAR_WIDTH = 0.42


def volume_figure(volume: pd.DataFrame) -> go.Figure:
    """Money moved a day, by application."""
    figure = plain_figure()
    for app, rows in volume.groupby("app"):
        figure.add_bar(
            x=rows["day"],
            y=rows["amount_usd"],
            name=APP_NAMES.get(str(app), str(app)),
            marker_color=APPS.get(str(app), SKY),
            hovertemplate="US$ %{y:,.0f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.18)
    figure.update_yaxes(tickprefix="$", tickformat="~s")
    return figure


def decisions_figure(decisions: pd.DataFrame) -> go.Figure:
    """Decisions a day that were no plain yes."""
    figure = plain_figure()
    for outcome, colour in OUTCOMES.items():
        rows = decisions[decisions["outcome"] == outcome]
        figure.add_bar(
            x=rows["day"],
            y=rows["decisions"],
            name=OUTCOME_NAMES[outcome],
            marker_color=colour,
            hovertemplate="%{y:,.0f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.18)
    return figure


def corridors_figure(corridors: pd.DataFrame, shown: int = 8) -> go.Figure:
    """The largest corridors, each with its margin."""
    rows = corridors.head(shown).iloc[::-1]
    margins = 100 * rows["margin_usd"] / rows["amount_usd"].where(rows["amount_usd"] > 0)
    figure = plain_figure()
    figure.add_bar(
        x=rows["amount_usd"],
        y=[name.replace("-", " → ") for name in rows["corridor"]],
        orientation="h",
        marker_color=TEAL,
        text=[
            f" {short_money(amount)} · {margin:.1f} %"
            for amount, margin in zip(rows["amount_usd"], margins, strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="US$ %{x:,.0f}<extra>%{y}</extra>",
    )
    figure.update_xaxes(visible=False, range=[0, float(rows["amount_usd"].max() or 1) * 1.45])
    figure.update_yaxes(showgrid=False, tickfont_color=INK, dtick=1)
    figure.update_layout(showlegend=False, bargap=0.35)
    return figure


def fraud_figure(fraud: pd.DataFrame) -> go.Figure:
    """Known fraud a week, in money: what was stopped and what went through."""
    weekly = fraud.set_index("day")[["caught_usd", "missed_usd"]].resample("W-MON", label="left", closed="left").sum()
    figure = plain_figure()
    for column, name, colour in (("caught_usd", "Stopped", TEAL), ("missed_usd", "Missed", RED)):
        figure.add_bar(
            x=weekly.index,
            y=weekly[column],
            name=name,
            marker_color=colour,
            hovertemplate="US$ %{y:,.0f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.3)
    figure.update_yaxes(tickprefix="$", tickformat="~s")
    return figure


def alerts_figure(alerts: pd.DataFrame) -> go.Figure:
    """Alerts by typology, coloured by severity."""
    order = alerts.groupby("typology")["alerts"].sum().sort_values().index
    figure = plain_figure()
    for severity, colour in SEVERITIES.items():
        rows = alerts[alerts["severity"] == severity]
        if rows.empty:
            continue
        figure.add_bar(
            x=rows["alerts"],
            y=[_words(name) for name in rows["typology"]],
            orientation="h",
            name=f"{severity.capitalize()} severity",
            marker_color=colour,
            width=BAR_WIDTH,
            text=[f" {count:,.0f}" for count in rows["alerts"]],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x:,.0f} alerts<extra>%{y}</extra>",
        )
    figure.update_layout(barmode="stack", showlegend=True)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(
        showgrid=False,
        tickfont_color=INK,
        dtick=1,
        categoryorder="array",
        categoryarray=[_words(name) for name in order],
    )
    return figure


def short_money(amount: float, symbol: str = "$") -> str:
    """An amount as a board reads it: $1.24 M, $310 k, $96."""
    for size, unit in ((1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(amount) >= size:
            return f"{symbol}{amount / size:.3g}{unit}"
    return f"{symbol}{amount:,.0f}"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def plain_figure() -> go.Figure:
    """A chart without decoration, in the page's size and colours."""
    figure = go.Figure()
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 4, "r": 8, "t": 6, "b": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": MUTED, "size": 12},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="x unified",
        template="none",
    )
    figure.update_xaxes(showgrid=False, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True, nticks=5)
    return figure
