"""Marts as the dashboards read them, filled with ninety plausible days."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import psycopg
import yaml
from psycopg import sql

from contracts.settings import PROJECT, Settings
from pipelines.models.allowance_totals import COLUMNS as ALLOWANCE
from pipelines.reports.publish import COLUMNS

LAST = date(2026, 11, 22)
DAYS = 90
MODELS = PROJECT / "dbt_project" / "models" / "marts"
READ = (
    "rpt_activity_daily",
    "rpt_decisions_daily",
    "rpt_remittances_by_corridor",
    "rpt_fraud_outcomes_daily",
    "rpt_alerts_daily",
    "rpt_freshness",
)
CORRIDORS = {"CA-PH": 9, "CA-IN": 8, "CA-MX": 5, "CA-NG": 3, "CA-HT": 2.2, "CA-CO": 1.6, "CA-MA": 1.1}
STAGES = {1: (9_000, 120), 2: (1_400, 260), 3: (600, 390)}  # exposure and allowance
TYPOLOGIES = {"structuring": (0, 0, 1), "rapid_movement": (0, 1)}
REPORTS = (
    ("open", 0, 12_250_00, 2),
    ("filed", 3, 21_300_00, 3),
    ("filed", 9, 10_000_00, 1),
    ("invalid", 2, 14_000_00, 2),
)


def seed_marts(settings: Settings) -> None:
    """Replace the marts with the same content at each call."""
    numbers = random.Random(7)
    days = [LAST - timedelta(days=back) for back in range(DAYS)]
    with psycopg.connect(settings.database_url("warehouse")) as connection, connection.cursor() as cursor:
        _create_tables(cursor)
        cursor.execute("grant usage on schema marts, lake_silver to dashboard")
        for day in days:
            weekend = 0.7 if day.weekday() > 4 else 1.0
            _seed_activity(cursor, day, weekend * numbers.uniform(0.85, 1.15), numbers)
        _seed_reports(cursor)
        _seed_allowance(cursor)
        instant = datetime.combine(LAST, time(16, 40), UTC)
        for name in ("decisions", "remittances", "reports"):
            _insert(cursor, "marts", "rpt_freshness", name=name, as_of=instant)
        cursor.execute("grant select on all tables in schema marts, lake_silver to dashboard")


def _create_tables(cursor: psycopg.Cursor) -> None:
    """The marts as dbt's contracts declare them, and the copy of the register as its publisher does."""
    cursor.execute("create schema if not exists marts; create schema if not exists lake_silver")
    models = [model for file in MODELS.rglob("_*.yml") for model in yaml.safe_load(file.read_text())["models"]]
    declared = {model["name"]: {one["name"]: one["data_type"] for one in model["columns"]} for model in models}
    tables = {("marts", name): declared[name] for name in READ} | {
        ("lake_silver", "reports"): COLUMNS,
        ("lake_silver", "allowance_by_stage"): ALLOWANCE,
    }
    for name, columns in tables.items():
        table = sql.Identifier(*name)
        cursor.execute(sql.SQL("drop table if exists {}").format(table))
        body = ", ".join(f"{column} {kind.removesuffix(' not null')}" for column, kind in columns.items())
        cursor.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(body)))


def _insert(cursor: psycopg.Cursor, schema: str, table: str, **values: object) -> None:
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(schema, table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    cursor.execute(statement, values)


def _seed_activity(cursor: psycopg.Cursor, day: date, level: float, numbers: random.Random) -> None:
    for app, count, mean in (("diasporacore", 420, 21_000), ("finflow", 130, 9_000)):
        moved = round(count * level)
        amount = round(moved * mean)
        row = {"activity_date": day, "app": app, "transactions": moved, "amount_usd_minor": amount}
        _insert(cursor, "marts", "rpt_activity_daily", **row)
    for outcome, count in (("allow", 536), ("review", 11), ("decline", 4)):
        many = round(count * level * numbers.uniform(0.7, 1.3))
        row = {"decision_date": day, "app": "diasporacore", "outcome": outcome, "decisions": many}
        _insert(cursor, "marts", "rpt_decisions_daily", **row)
    for corridor, share in CORRIDORS.items():
        amount = round(share * 41_000_00 * level / 90)
        row = {"order_date": day, "corridor": corridor, "orders": round(share * level), "amount_usd_minor": amount}
        margin = round(amount * (0.021 + share / 1000))
        _insert(cursor, "marts", "rpt_remittances_by_corridor", **row, margin_usd_minor=margin)
    caught, missed = numbers.randint(0, 3), numbers.choice((0, 0, 0, 1))
    money = {
        "caught_usd_minor": caught * numbers.randint(400_00, 900_00),
        "missed_usd_minor": missed * numbers.randint(60_00, 320_00),
    }
    _insert(cursor, "marts", "rpt_fraud_outcomes_daily", activity_date=day, caught=caught, missed=missed, **money)
    for typology, choices in TYPOLOGIES.items():
        row = {"alert_date": day, "typology": typology, "severity": "high", "alerts": numbers.choice(choices)}
        _insert(cursor, "marts", "rpt_alerts_daily", **row)


def _seed_reports(cursor: psycopg.Cursor) -> None:
    midnight = datetime.combine(LAST, time(5), UTC)
    for number, (status, back, total, count) in enumerate(REPORTS):
        start = midnight - timedelta(days=back)
        for sequence in (1, 2) if number == 1 else (1,):
            row = {
                "report_id": f"fintrac:eftr:{number}:{sequence}",
                "report_key": str(number),
                "regulator": "FINTRAC",
                "report_type": "eftr",
                "jurisdiction": "CA",
                "aggregation": "requester",
                "period_start": start,
                "sequence": sequence,
                "status": status,
                "valid": status == "filed",
                "total_minor": total,
                "currency": "CAD",
                "transactions": count,
                "due_at": start + timedelta(days=7),
                "created_at": start + timedelta(days=1),
            }
            _insert(cursor, "lake_silver", "reports", **row)


def _seed_allowance(cursor: psycopg.Cursor) -> None:
    """Two reporting days, in one currency."""
    for back in (30, 0):
        for stage, (exposure, allowance) in STAGES.items():
            row = {"model": "micro_loan", "as_of_date": LAST - timedelta(days=back), "currency": "CAD", "stage": stage}
            amounts = {"loans": 12 * stage, "exposure_amount": exposure, "allowance_amount": allowance + back}
            _insert(cursor, "lake_silver", "allowance_by_stage", **row, **amounts)
