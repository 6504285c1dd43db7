"""Paper trading's declared exchanges as a table that dbt reads: what the marts take for granted stands in contracts."""

from __future__ import annotations

import psycopg
from psycopg import sql

from contracts.settings import Settings
from contracts.trading import load_trading
from pipelines.warehouse.load import SCHEMA

EXCHANGES = "trading_exchanges"


def load_exchanges(settings: Settings) -> int:
    """Replace `lake_silver.trading_exchanges` by the declared exchanges; how many there are. dbt's views on it stay."""
    policy = load_trading()
    rows = [
        (code, exchange.time_zone, exchange.sessions_a_year, policy.leaderboard_minimum_sessions)
        for code, exchange in policy.exchanges.items()
    ]
    table = sql.Identifier(SCHEMA, EXCHANGES)
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        connection.execute(
            sql.SQL(
                "create table if not exists {} (exchange text primary key, time_zone text not null,"
                " sessions_a_year integer not null, minimum_sessions integer not null)"
            ).format(table)
        )
        connection.execute(sql.SQL("delete from {}").format(table))
        connection.cursor().executemany(sql.SQL("insert into {} values (%s, %s, %s, %s)").format(table), rows)
    return len(rows)
