"""What contracts declare and marts compute with, as tables of `lake_silver`: rates, calendars, taxes, bands of days past due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest

import psycopg
from psycopg import sql

from contracts import money, receivables
from contracts.credit import load_collateral_levels
from contracts.credit.providers import load_providers
from contracts.jurisdictions import load_jurisdictions
from contracts.lending import StageBand, load_lending
from contracts.remittances import load_remittance_policy
from contracts.settings import Settings
from contracts.trading import load_trading
from pipelines.reports.deadlines import is_working_day
from pipelines.warehouse.load import SCHEMA, prepare

Row = tuple[object, ...]

# The first reporting day of IFRS 9: its stages hold from then on where no regulator's table does.
_IFRS_9 = date(2018, 1, 1)


@dataclass(frozen=True)
class Declared:
    """One table: its columns in PostgreSQL's words, and its rows, read anew at each load."""

    name: str
    description: str
    shape: str
    rows: Callable[[], Sequence[Row]]


def load_declared(settings: Settings) -> dict[str, int]:
    """Replace the rows of every declared table, in one transaction; how many each has. dbt's views on them stay."""
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        prepare(connection)
        return {table.name: _replace(connection, table) for table in DECLARED}


def _replace(connection: psycopg.Connection[tuple[object, ...]], table: Declared) -> int:
    name, rows = sql.Identifier(SCHEMA, table.name), table.rows()
    connection.execute(sql.SQL("create table if not exists {} ({})").format(name, sql.SQL(table.shape)))
    connection.execute(sql.SQL("delete from {}").format(name))
    places = sql.SQL(", ").join(sql.Placeholder() * len(rows[0]))
    connection.cursor().executemany(sql.SQL("insert into {} values ({})").format(name, places), rows)
    return len(rows)


def _currencies() -> list[Row]:
    return [(currency, 10**digits) for currency, digits in money.load_currencies().items()]


def _rates() -> list[Row]:
    return [(rate.rate_id, rate.currency, rate.valid_from, rate.usd_per_unit) for rate in money.load_rates()]


def _ageing_buckets() -> list[Row]:
    return [(one.bucket, one.position, one.first_day, one.last_day) for one in receivables.load_ageing_buckets()]


def _remittance_limits() -> list[Row]:
    return [(one.tier, one.monthly_usd, one.daily_usd) for one in load_remittance_policy().tiers]


def _collateral_levels() -> list[Row]:
    return [
        (one.asset, one.valid_from, one.initial_ltv, one.margin_call_ltv, one.liquidation_ltv)
        for one in load_collateral_levels()
    ]


def _provider_score_bands() -> list[Row]:
    bands = load_providers().terms.score_bands
    return list(zip_longest(bands, bands[1:]))


def _provider_windows() -> list[Row]:
    policy = load_providers()
    windows = (policy.health.window, policy.terms.window)
    return [(*(round(window.total_seconds()) for window in windows), policy.terms.least_offers)]


def _trading_exchanges() -> list[Row]:
    policy = load_trading()
    return [
        (code, exchange.time_zone, exchange.sessions_a_year, policy.leaderboard_minimum_sessions)
        for code, exchange in policy.exchanges.items()
    ]


def _jurisdictions() -> list[Row]:
    return [(one.jurisdiction, one.time_zone, one.currency) for one in load_jurisdictions()]


def _calendar_days() -> list[Row]:
    """Every day of the years whose holidays are declared, with how many working days there were up to it."""
    return [row for one in load_jurisdictions() for row in _days(one.jurisdiction)]


def _days(code: str) -> Iterator[Row]:
    calendar = {one.jurisdiction: one for one in load_jurisdictions()}[code].working_days
    day, last, count = date(min(calendar.holidays), 1, 1), date(max(calendar.holidays), 12, 31), 0
    while day <= last:
        works = is_working_day(day, calendar)
        count += works
        yield code, day, works, count
        day += timedelta(days=1)


def _complaint_deadlines() -> list[Row]:
    return [
        (one.jurisdiction, kind, deadline.valid_from, int(deadline.value), deadline.counts)
        for one in load_jurisdictions()
        for kind, deadlines in one.complaint_deadlines.items()
        for deadline in deadlines
    ]


def _value_added_taxes() -> list[Row]:
    return [
        (one.jurisdiction, rate.valid_from, rate.value)
        for one in load_jurisdictions()
        for rate in one.value_added_tax_pct
    ]


def _delinquency_bands() -> list[Row]:
    policy = load_lending()
    bands = policy.delinquency_bands
    return [
        (band.band, band.from_days, after and after.from_days, band.from_days >= policy.default_days_past_due.value)
        for band, after in zip_longest(bands, bands[1:])
    ]


def _provision_bands() -> list[Row]:
    policy = load_lending()
    without = [one.jurisdiction for one in load_jurisdictions() if one.jurisdiction not in policy.provisions]
    return [
        *(
            row
            for code, tables in policy.provisions.items()
            for table in tables
            for row in _bands(code, table.method, table.valid_from, table.bands)
        ),
        *(row for code in without for row in _bands(code, "ifrs9_stages", _IFRS_9, policy.stages.bands)),
    ]


def _bands(code: str, method: str, valid_from: date, bands: Sequence[StageBand]) -> Iterator[Row]:
    for band, after in zip_longest(bands, bands[1:]):
        percents: tuple[Decimal | None, Decimal | None] = (band.provision_pct, band.marginalised_pct)
        yield code, method, valid_from, band.from_days, after and after.from_days, band.stage, *percents


DECLARED = (
    Declared(
        "ageing_buckets",
        "Buckets of days past due of contracts/receivables.",
        "bucket text primary key, position integer not null, first_day integer, last_day integer",
        _ageing_buckets,
    ),
    Declared(
        "calendar_days",
        "Days by jurisdiction, and which of them count for a deadline.",
        "jurisdiction text not null, day date not null, is_working_day boolean not null,"
        " working_days integer not null, primary key (jurisdiction, day)",
        _calendar_days,
    ),
    Declared(
        "collateral_levels",
        "Loan-to-value levels of contracts/credit.",
        "asset text not null, valid_from date not null, initial_ltv numeric not null, margin_call_ltv numeric not null,"
        " liquidation_ltv numeric not null, primary key (asset, valid_from)",
        _collateral_levels,
    ),
    Declared(
        "complaint_deadlines",
        "Days to answer a complaint, by jurisdiction and kind.",
        "jurisdiction text not null, kind text not null, valid_from date not null, days integer not null,"
        " counts text not null, primary key (jurisdiction, kind, valid_from)",
        _complaint_deadlines,
    ),
    Declared(
        "currencies",
        "Minor units of contracts/money.",
        "currency text primary key, minor_per_unit numeric not null",
        _currencies,
    ),
    Declared(
        "delinquency_bands",
        "Bands of days past due.",
        "band text primary key, from_days integer not null, to_days integer, is_default boolean not null",
        _delinquency_bands,
    ),
    Declared(
        "jurisdictions",
        "Jurisdictions with their time zones.",
        "jurisdiction text primary key, time_zone text not null, currency text not null",
        _jurisdictions,
    ),
    Declared(
        "provision_bands",
        "IFRS 9 stages and provisions by days past due.",
        "jurisdiction text not null, method text not null, valid_from date not null, from_days integer not null,"
        " to_days integer, stage integer not null, provision_pct numeric, marginalised_pct numeric,"
        " primary key (jurisdiction, valid_from, from_days)",
        _provision_bands,
    ),
    Declared(
        "provider_score_bands",
        "Bands of bureau scores of contracts/credit.",
        "score_from integer primary key, score_to integer",
        _provider_score_bands,
    ),
    Declared(
        "provider_windows",
        "How far back providers' figures look, of contracts/credit.",
        "health_window_seconds bigint not null, terms_window_seconds bigint not null, least_offers integer not null",
        _provider_windows,
    ),
    Declared(
        "rates",
        "Reference rates of contracts/money.",
        "rate_id text primary key, currency text not null, valid_from date not null, usd_per_unit numeric not null",
        _rates,
    ),
    Declared(
        "remittance_limits",
        "Limits of the verified tiers, of contracts/remittances.",
        "tier integer primary key, monthly_usd bigint, daily_usd bigint",
        _remittance_limits,
    ),
    Declared(
        "trading_exchanges",
        "Paper trading's policy by exchange, of contracts/trading.",
        "exchange text primary key, time_zone text not null, sessions_a_year integer not null,"
        " minimum_sessions integer not null",
        _trading_exchanges,
    ),
    Declared(
        "value_added_taxes",
        "Value added tax by jurisdiction.",
        "jurisdiction text not null, valid_from date not null, tax_pct numeric not null,"
        " primary key (jurisdiction, valid_from)",
        _value_added_taxes,
    ),
)
