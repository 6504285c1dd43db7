"""Marts as the dashboards read them, filled with ninety plausible days."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import psycopg

from contracts.settings import Settings

LAST = date(2026, 11, 22)
DAYS = 90
TABLES = """
create schema if not exists marts;
create schema if not exists lake_silver;
drop table if exists marts.rpt_activity_daily, marts.rpt_decisions_daily, marts.rpt_remittances_by_corridor,
    marts.rpt_fraud_outcomes_daily, marts.rpt_alerts_daily, marts.rpt_freshness, lake_silver.reports;
create table marts.rpt_activity_daily (activity_date date, app text, transactions bigint, amount_usd_minor bigint);
create table marts.rpt_decisions_daily (decision_date date, app text, outcome text, decisions bigint);
create table marts.rpt_remittances_by_corridor (
    order_date date, corridor text, orders bigint, amount_usd_minor bigint, margin_usd_minor bigint);
create table marts.rpt_fraud_outcomes_daily (
    activity_date date, caught bigint, missed bigint, caught_usd_minor bigint, missed_usd_minor bigint);
create table marts.rpt_alerts_daily (alert_date date, typology text, severity text, alerts bigint);
create table marts.rpt_freshness (name text, as_of timestamptz);
create table lake_silver.reports (
    report_id text, report_key text, regulator text, report_type text, aggregation text, period_start timestamptz,
    sequence integer, status text, valid boolean, total_minor bigint, currency char(3), transactions integer,
    due_at timestamptz, created_at timestamptz);
"""
CORRIDORS = {"CA-PH": 9, "CA-IN": 8, "CA-MX": 5, "CA-NG": 3, "CA-HT": 2.2, "CA-CO": 1.6, "CA-MA": 1.1}
TYPOLOGIES = {"structuring": ("high", 9), "rapid_movement": ("high", 14)}


def seed_marts(settings: Settings) -> None:
    """Replace the marts with the same content at each call."""
    numbers = random.Random(7)  # noqa: S311 - a seed, not a secret
    days = [LAST - timedelta(days=back) for back in range(DAYS)]
    with psycopg.connect(settings.database_url("warehouse")) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("grant usage on schema marts, lake_silver to dashboard")
        for day in days:
            weekend = 0.7 if day.weekday() > 4 else 1.0
            _seed_activity(cursor, day, weekend * numbers.uniform(0.85, 1.15), numbers)
        _seed_reports(cursor)
        instant = datetime.combine(LAST, time(16, 40), UTC)
        for name in ("decisions", "remittances", "reports"):
            cursor.execute("insert into marts.rpt_freshness values (%s, %s)", [name, instant])
        cursor.execute("grant select on all tables in schema marts, lake_silver to dashboard")


def _seed_activity(cursor: psycopg.Cursor, day: date, level: float, numbers: random.Random) -> None:
    for app, count, mean in (("diasporacore", 420, 21_000), ("finflow", 130, 9_000)):
        moved = round(count * level)
        cursor.execute(
            "insert into marts.rpt_activity_daily values (%s, %s, %s, %s)", [day, app, moved, round(moved * mean)]
        )
    for outcome, count in (("allow", 536), ("review", 11), ("decline", 4)):
        many = round(count * level * numbers.uniform(0.7, 1.3))
        cursor.execute(
            "insert into marts.rpt_decisions_daily values (%s, 'diasporacore', %s, %s)", [day, outcome, many]
        )
    for corridor, share in CORRIDORS.items():
        amount = round(share * 41_000_00 * level / 90)
        margin = round(amount * (0.021 + share / 1000))
        cursor.execute(
            "insert into marts.rpt_remittances_by_corridor values (%s, %s, %s, %s, %s)",
            [day, corridor, round(share * level), amount, margin],
        )
    caught, missed = numbers.randint(0, 3), numbers.choice((0, 0, 0, 1))
    cursor.execute(
        "insert into marts.rpt_fraud_outcomes_daily values (%s, %s, %s, %s, %s)",
        [day, caught, missed, caught * numbers.randint(400_00, 900_00), missed * numbers.randint(60_00, 320_00)],
    )
    for typology, (severity, share) in TYPOLOGIES.items():
        many = numbers.choice((0, 0, 1)) if share < 10 else numbers.choice((0, 1))
        cursor.execute("insert into marts.rpt_alerts_daily values (%s, %s, %s, %s)", [day, typology, severity, many])


def _seed_reports(cursor: psycopg.Cursor) -> None:
    midnight = datetime.combine(LAST, time(5), UTC)
    for number, (status, back, total, count) in enumerate(
        [
            ("open", 0, 12_250_00, 2),
            ("filed", 3, 21_300_00, 3),
            ("filed", 9, 10_000_00, 1),
            ("invalid", 2, 14_000_00, 2),
        ]
    ):
        start = midnight - timedelta(days=back)
        for sequence in (1, 2) if number == 1 else (1,):
            cursor.execute(
                "insert into lake_silver.reports values (%s, %s, 'FINTRAC', 'eftr', 'requester', %s, %s, %s, %s, %s, 'CAD',"
                " %s, %s, %s)",
                [
                    *(f"fintrac:eftr:{number}:{sequence}", str(number), start, sequence, status, status == "filed"),
                    *(total, count, start + timedelta(days=7), start + timedelta(days=1)),
                ],
            )
