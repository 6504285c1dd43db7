"""The declared loan-to-value levels, as a table that marts compute with."""

from __future__ import annotations

import psycopg
from psycopg import sql

from contracts.credit import load_collateral_levels
from contracts.settings import Settings
from pipelines.warehouse.load import SCHEMA

LEVELS = "collateral_levels"
_SHAPE = (
    "asset text not null, valid_from date not null, initial_ltv numeric not null, margin_call_ltv numeric not null,"
    " liquidation_ltv numeric not null, primary key (asset, valid_from)"
)


def write_collateral_levels(settings: Settings) -> int:
    """Replace `lake_silver.collateral_levels` by what contracts/credit declares; how many rows it has."""
    rows = [
        (one.asset, one.valid_from, one.initial_ltv, one.margin_call_ltv, one.liquidation_ltv)
        for one in load_collateral_levels()
    ]
    table = sql.Identifier(SCHEMA, LEVELS)
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        connection.execute("set client_min_messages = warning")
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        connection.execute(sql.SQL("create table if not exists {} ({})").format(table, sql.SQL(_SHAPE)))
        connection.execute(sql.SQL("delete from {}").format(table))
        insert = sql.SQL("insert into {} values (%s, %s, %s, %s, %s)").format(table)
        connection.cursor().executemany(insert, rows)
    return len(rows)
