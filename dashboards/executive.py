"""The executive overview: what moved, what it earned, what was stopped, what the regulator is owed and what loans may lose.

Run by `streamlit run dashboards/executive.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd  # type: ignore[import-untyped]
import psycopg
import streamlit as st

from contracts.errors import ConfigurationError
from contracts.settings import load_settings
from dashboards import figures
from dashboards.allowance import allowance_table, coverage_figure
from dashboards.indicators import indicators
from dashboards.queries import Overview, read_freshness, read_overview, read_range, warehouse
from dashboards.report_list import STATES, report_counts, report_list

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped]

STYLE = Path(__file__).parent / "executive.css"
PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90}
CACHE_SECONDS = 20


@st.cache_data(ttl=CACHE_SECONDS, show_spinner=False)
def load_range() -> tuple[date, date] | None:
    """The days that the marts hold."""
    with warehouse(load_settings()) as connection:
        return read_range(connection)


@st.cache_data(ttl=CACHE_SECONDS, show_spinner=False)
def load_period(last: date, days: int) -> tuple[Overview, Overview, pd.DataFrame]:
    """The period that ends with `last`, the one before it, and the freshness of their sources."""
    first = last - timedelta(days=days - 1)
    with warehouse(load_settings()) as connection:
        now = read_overview(connection, first, last)
        before = read_overview(connection, first - timedelta(days=days), first - timedelta(days=1))
        return now, before, read_freshness(connection)


def empty(message: str, next_step: str) -> None:
    """Says what is missing and what to do about it."""
    st.info(f"**{message}** {next_step}", icon=":material/info:")


def panel(title: str, note: str, frame: pd.DataFrame, draw: Callable[[pd.DataFrame], go.Figure], missing: str) -> None:
    """One chart in its card, or why there is none."""
    with st.container(border=True, height="stretch"):
        st.html(f"<h3>{title}</h3><p class='note'>{note}</p>")
        if frame.empty:
            empty("Nothing in this period.", missing)
        else:
            st.plotly_chart(draw(frame), width="stretch", config={"displayModeBar": False}, key=title)


def reports_panel(reports: pd.DataFrame) -> None:
    """Deadlines and states of regulator reports."""
    now = datetime.now(UTC)
    with st.container(border=True, height="stretch"):
        counts = report_counts(reports, now)
        note = " · ".join(f"{count} {STATES[state][0].lower()}" for state, count in counts.items())
        st.html(f"<h3>Regulator reports</h3><p class='note'>{note or 'None registered'}</p>")
        if reports.empty:
            empty("No report is registered yet.", "Materialise **reports/fintrac_eftr** in Dagster.")
        else:
            st.html(report_list(reports, now))


def allowance_row(allowance: pd.DataFrame) -> None:
    """Expected credit losses: each product's newest reporting day beside the coverage of all of them."""
    if allowance.empty:
        with st.container(border=True):
            st.html("<h3>Expected credit losses</h3>")
            empty("No allowance is computed yet.", "Approve a credit model: **./atalaya model list micro_loan**.")
        return
    table, lines = st.columns([5, 8])
    with table, st.container(border=True, height="stretch"):
        note = "Allowance by IFRS 9, newest reporting day of each product"
        st.html(f"<h3>Expected credit losses</h3><p class='note'>{note}</p>{allowance_table(allowance)}")
    with lines:
        note = "Allowance over exposure, by reporting day, product, currency and stage"
        panel("Coverage", note, allowance, coverage_figure, "")


def header(known: tuple[date, date]) -> int:
    """Title and period; gives the number of days chosen."""
    title, choice = st.columns([3, 1], vertical_alignment="bottom")
    title.html("<h1>Executive overview</h1><p class='note'>Atalaya · risk and compliance across all applications</p>")
    whole = (known[1] - known[0]).days + 1
    options = {**PERIODS, "All": whole}
    with choice:
        chosen = st.segmented_control(
            "Period", list(options), default="30 days", label_visibility="collapsed", width="stretch"
        )
    return options.get(chosen or "30 days", whole)


def overview(known: tuple[date, date]) -> None:
    """The page of a warehouse that has marts."""
    days = header(known)
    now, before, freshness = load_period(known[1], days)
    for column, indicator in zip(st.columns(6), indicators(now, before), strict=True):
        column.metric(
            indicator.label,
            indicator.value,
            indicator.change,
            delta_color=indicator.delta_color,
            help=indicator.meaning,
            border=True,
            chart_data=indicator.trend,
            chart_type="area",
            height="stretch",
        )
    volume, decisions, reports = st.columns([5, 4, 4])
    with volume:
        panel(
            "Volume", "US dollars a day, by application", now.volume, figures.volume_figure, "Choose a longer period."
        )
    with decisions:
        note = "Decisions a day that were sent to review or declined"
        panel("Decisions", note, now.decisions, figures.decisions_figure, "Start live traffic: **./atalaya demo**.")
    with reports:
        reports_panel(now.reports)
    corridors, fraud, alerts = st.columns([5, 4, 4])
    with corridors:
        note = "US dollars sent, and margin of fees and exchange"
        panel("Remittance corridors", note, now.corridors, figures.corridors_figure, "Choose a longer period.")
    with fraud:
        note = "US dollars a week, by labels known today"
        panel("Fraud", note, now.fraud, figures.fraud_figure, "Labels arrive about a week after the payment.")
    with alerts:
        note = "Raised in the period, by typology"
        panel("Alerts", note, now.alerts, figures.alerts_figure, "No pattern was recognised.")
    allowance_row(now.allowance)
    sources = " · ".join(f"{row.name} {row.as_of:%-d %b %H:%M}" for row in freshness.itertuples(index=False))
    st.html(
        f"<p class='source'>Source: marts of the warehouse, {known[0]:%-d %b %Y} to {known[1]:%-d %b %Y}. As of (UTC): {sources}</p>"
    )


def page() -> None:
    """The overview, or the one thing to do before there can be one."""
    st.set_page_config(page_title="Atalaya · Executive overview", page_icon=":material/visibility:", layout="wide")
    st.html(STYLE)
    try:
        known = load_range()
        if known is None:
            empty("The marts are empty.", "Load data with **./atalaya demo**, then materialise the marts in Dagster.")
        else:
            overview(known)
    except psycopg.errors.UndefinedTable as error:
        empty(
            "The marts are not built yet.",
            f"Materialise them in Dagster, or run **./atalaya demo**. ({error.diag.message_primary})",
        )
    except psycopg.OperationalError:
        empty("The warehouse does not answer.", "Look at **./atalaya status** and **./atalaya logs postgres**.")
    except ConfigurationError as error:
        empty(error.message, error.hint)


page()
