"""Copies the register of reports to the warehouse, the one database that dashboards may read."""

from __future__ import annotations

from typing import Any

from contracts.settings import Settings
from pipelines.warehouse.shown import show_rows

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
    return show_rows(settings, "reports", COLUMNS, ({**row, "transactions": len(row["order_ids"])} for row in register))
