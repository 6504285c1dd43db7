"""Copies the register of reports to the warehouse, the one database that dashboards may read."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from contracts.settings import Settings

SCHEMA = "lake_silver"
# Facts about reports, not their content: files, digests and order ids stay in the register.
COLUMNS = {
    "report_id": "text primary key",
    "report_key": "text not null",
    "regulator": "text not null",
    "report_type": "text not null",
    "jurisdiction": "char(2) not null",
    "aggregation": "text not null",
    "period_start": "timestamptz not null",
    "period_end": "timestamptz not null",
    "sequence": "integer not null",
    "submission": "text not null",
    "status": "text not null",
    "valid": "boolean",
    "reason": "text not null",
    "total_minor": "bigint not null",
    "currency": "char(3) not null",
    "transactions": "integer not null",
    "due_at": "timestamptz not null",
    "created_at": "timestamptz not null",
}


def publish_register(settings: Settings, register: list[dict[str, Any]]) -> int:
    """Replace `lake_silver.reports` in one transaction; gives the number of rows."""
    columns = sql.SQL(", ").join(sql.SQL(f"{name} {kind}") for name, kind in COLUMNS.items())
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    table = sql.Identifier(SCHEMA, "reports")
    rows = [{**row, "transactions": len(row["order_ids"])} for row in register]
    with psycopg.connect(settings.database_url("warehouse")) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        cursor.execute(sql.SQL("grant usage on schema {} to dashboard").format(sql.Identifier(SCHEMA)))
        cursor.execute(sql.SQL("create table if not exists {} ({})").format(table, columns))
        for name, kind in COLUMNS.items():
            # The table of an older version has fewer columns; its rows are replaced below.
            column = sql.SQL(f"{name} {kind.removesuffix(' not null').removesuffix(' primary key')}")
            cursor.execute(sql.SQL("alter table {} add column if not exists {}").format(table, column))
        cursor.execute(sql.SQL("grant select on {} to dashboard").format(table))
        cursor.execute(sql.SQL("delete from {}").format(table))
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(table, names)) as copy:
            for row in rows:
                copy.write_row([row[name] for name in COLUMNS])
    return len(rows)
