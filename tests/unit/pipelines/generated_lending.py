"""Rows of a generated world in a lakehouse, by their way from row changes to silver: micro-loans, and what a system wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np

from contracts.tables import Column, Table, find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from sources.bulk import arrow_column
from sources.workload.calendars import Calendar
from sources.workload.columns import Columns
from sources.workload.lending import lending
from sources.workload.movements import Numbers
from sources.workload.population import build_members, member_rows
from sources.workload.sizes import HISTORY_DAYS, parse_size
from tests.unit.pipelines.lakes import Json, change, land

AS_OF = datetime(2025, 11, 22, 17, tzinfo=UTC)
APP = "diasporacore"


def lending_tables(seed: int, size: str) -> dict[str, Columns]:
    """What the workload writes: the same rows for the same arguments."""
    chosen, calendar = parse_size(size), Calendar(AS_OF, HISTORY_DAYS)
    members = build_members(seed, chosen)
    lent = lending(seed, chosen, members, calendar, Numbers())
    users = member_rows(seed, members, calendar, np.ones(len(members), dtype=np.int64))["users"]
    return {"users": users, "loans": lent["loans"], "loan_repayments": lent["loan_repayments"]}


def hold_lending(lake: Lake, tables: dict[str, Columns]) -> None:
    """Land the rows and make silver of them, in place of what was there; none is quarantined."""
    drop_lending(lake, tables)
    hold_rows(lake, APP, tables)


def hold_rows(lake: Lake, app: str, tables: dict[str, Columns], histories: Collection[str] = ()) -> None:
    """Land rows of a system whose tables the lakehouse does not have yet and make silver of them, of some the history too."""
    for name, rows in tables.items():
        table = find_table(app, name)
        land(lake, table.bronze, table.topic, [change("c", row, lsn) for lsn, row in enumerate(_rows(table, rows), 1)])
        assert refresh(lake, find_silver(table.silver)).quarantined == 0
        if name in histories:
            refresh(lake, find_silver(table.silver_history))


def drop_lending(lake: Lake, names: Iterable[str]) -> None:
    """Leave nothing of them to whoever uses the lakehouse next: rows of earlier offsets would be passed over as known."""
    for name in names:
        table = find_table(APP, name)
        for known in (table.bronze, table.silver):
            if lake.find(known) is not None:
                lake.catalog.drop_table(known)


def _rows(table: Table, rows: Columns) -> Iterator[Json]:
    columns = [column for column in table.columns if column.name in rows]
    values = [[_told(column, one) for one in arrow_column(column, rows[column.name]).to_pylist()] for column in columns]
    names = [column.name for column in columns]
    return (dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))


def _told(column: Column, value: object) -> object:
    """A value as Debezium writes it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days
    if isinstance(value, Decimal | float):
        digits = int(column.type.rstrip(")").partition(",")[2])
        return f"{value:.{digits}f}"
    return value
