"""Micro-loans as the workload makes them, as silver has them: no engine is needed to land them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from sources.workload.calendars import Calendar
from sources.workload.columns import NEVER
from sources.workload.lending import lending
from sources.workload.movements import Numbers
from sources.workload.population import build_members
from sources.workload.sizes import HISTORY_DAYS, parse_size
from tests.unit.pipelines.loan_books import INSTALMENTS, LOANS
from tests.unit.pipelines.test_model_data import hold

AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hold_generated(lake: Lake, seed: int, size: str) -> None:
    """Loans and instalments of one world, in place of what was there."""
    held = parse_size(size)
    made = lending(seed, held, build_members(seed, held), Calendar(AS_OF, HISTORY_DAYS), Numbers())
    for silver, name in ((LOANS, "loans"), (INSTALMENTS, "loan_repayments")):
        types = {column.name: column.type for column in find_table("diasporacore", name).columns}
        columns = {column: [_value(types[column], one) for one in made[name][column]] for column in types}
        hold(lake, silver, *(dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)))


def _value(kind: str, told: Any) -> Any:  # noqa: ANN401 - whatever an array holds
    """Money is in hundredths and a time in microseconds, as the workload keeps them."""
    if told is None:
        return None
    if kind == "timestamptz":
        return None if told == NEVER else _EPOCH + timedelta(microseconds=int(told))
    if kind == "date":
        return told.item()
    if kind == "numeric(18,2)":
        return Decimal(int(told)) / 100
    if kind == "numeric(6,3)":
        return Decimal(f"{told:.3f}")
    return str(told) if kind.startswith(("text", "char")) else int(told)
