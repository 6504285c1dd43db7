"""What the pages ask the warehouse: marts only, as the role `dashboard`, which cannot write.

Money comes back in major units, days are UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import psycopg

from contracts.settings import Settings

# One statement for each field of Overview; `%(first)s` and `%(last)s` are inclusive days.
STATEMENTS = {
    "volume": """
        select activity_date as day, app, sum(transactions) as transactions, sum(amount_usd_minor) / 100.0 as amount_usd
        from marts.rpt_activity_daily
        where activity_date between %(first)s and %(last)s
        group by 1, 2 order by 1, 2
    """,
    "decisions": """
        select decision_date as day, outcome, sum(decisions) as decisions
        from marts.rpt_decisions_daily
        where decision_date between %(first)s and %(last)s
        group by 1, 2 order by 1, 2
    """,
    "corridors": """
        select corridor, sum(orders) as orders, sum(amount_usd_minor) / 100.0 as amount_usd,
            sum(margin_usd_minor) / 100.0 as margin_usd
        from marts.rpt_remittances_by_corridor
        where order_date between %(first)s and %(last)s
        group by 1 order by 3 desc
    """,
    "margin": """
        select order_date as day, sum(margin_usd_minor) / 100.0 as margin_usd
        from marts.rpt_remittances_by_corridor
        where order_date between %(first)s and %(last)s
        group by 1 order by 1
    """,
    "fraud": """
        select activity_date as day, sum(caught_usd_minor) / 100.0 as caught_usd,
            sum(missed_usd_minor) / 100.0 as missed_usd, sum(caught) as caught, sum(missed) as missed
        from marts.rpt_fraud_outcomes_daily
        where activity_date between %(first)s and %(last)s
        group by 1 order by 1
    """,
    "alerts": """
        select typology, severity, sum(alerts) as alerts
        from marts.rpt_alerts_daily
        where alert_date between %(first)s and %(last)s
        group by 1, 2 order by 3 desc
    """,
    "reports": """
        select distinct on (report_key) report_key, report_id, regulator, report_type, jurisdiction, status, valid, aggregation,
            period_start, due_at, created_at, total_minor / 100.0 as total, currency, transactions
        from lake_silver.reports
        order by report_key, sequence desc
    """,
    "allowance": """
        select model, as_of_date as day, currency, stage, loans, exposure_amount as exposure_total,
            allowance_amount as allowance_total
        from lake_silver.allowance_by_stage
        order by 1, 2, 3, 4
    """,
}
_COUNTS = frozenset({"transactions", "decisions", "orders", "alerts", "loans"})
RANGE = "select min(activity_date), max(activity_date) from marts.rpt_activity_daily"
FRESHNESS = "select name, as_of from marts.rpt_freshness where as_of is not null order by name"
# What the pipelines make after the marts, whatever the period: its columns, for when there is none yet.
LATER = {
    "reports": ("report_key", "report_id", "status", "period_start", "due_at"),
    "allowance": ("model", "day", "currency", "stage", "loans", "exposure_total", "allowance_total"),
}


@dataclass(frozen=True)
class Overview:
    """Everything that the executive page shows of one period; reports and allowance have all days."""

    volume: pd.DataFrame
    decisions: pd.DataFrame
    corridors: pd.DataFrame
    margin: pd.DataFrame
    fraud: pd.DataFrame
    alerts: pd.DataFrame
    reports: pd.DataFrame
    allowance: pd.DataFrame


@contextmanager
def warehouse(settings: Settings) -> Iterator[psycopg.Connection]:
    """A read-only session that gives up on a query after ten seconds."""
    options = "-c default_transaction_read_only=on -c statement_timeout=10s -c timezone=UTC"
    url = settings.database_url("warehouse", role="dashboard")
    with psycopg.connect(url, connect_timeout=5, options=options) as connection:
        yield connection


def read_range(connection: psycopg.Connection) -> tuple[date, date] | None:
    """The first and the last day that hold movements; None while there are none."""
    row = connection.execute(RANGE).fetchone()
    return (row[0], row[1]) if row and row[0] else None


def read_overview(connection: psycopg.Connection, first: date, last: date) -> Overview:
    """The overview of the days from `first` to `last`, both included."""
    period = {"first": first, "last": last}
    names = [field.name for field in fields(Overview) if field.name not in LATER]
    frames = {name: _frame(connection, STATEMENTS[name], period) for name in names}
    return Overview(**frames, **{name: read_later(connection, name) for name in LATER})


def read_later(connection: psycopg.Connection, name: str) -> pd.DataFrame:
    """The newest version of each regulator report, or the allowance of each reporting day; nothing before the first was made."""
    try:
        with connection.transaction():
            return _frame(connection, STATEMENTS[name], {})
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return pd.DataFrame(columns=LATER[name])


def read_freshness(connection: psycopg.Connection) -> pd.DataFrame:
    """How far each source of the page reaches."""
    return _frame(connection, FRESHNESS, {})


def _frame(connection: psycopg.Connection, statement: str, parameters: dict[str, Any]) -> pd.DataFrame:
    cursor = connection.execute(statement, parameters)
    names = [column.name for column in cursor.description or ()]
    frame = pd.DataFrame(cursor.fetchall(), columns=names)
    for name in names:
        if name.endswith(("usd", "total")) or name in _COUNTS:
            frame[name] = frame[name].astype(float)
        elif name == "day":
            frame[name] = pd.to_datetime(frame[name])
    return frame
