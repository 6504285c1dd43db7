"""Whose a loan is and whose days count for it, in SQL: a row of a model's loans says it, or the system that they stand in."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.jurisdictions import load_jurisdiction
from contracts.models.credit import CreditModel
from contracts.tables import find_table


def lender_sql(model: CreditModel) -> str:
    """The tenant where the system keeps them apart, else the system."""
    return "tenant_id" if find_table(model.app, model.table).scope == "tenant" else f"'{model.app}'"


def zone_sql(model: CreditModel) -> str:
    """The time zone whose days count for a loan; null under rules that nothing declares: no day is one of such a loan's."""
    zones = {code: load_jurisdiction(code).time_zone for code in model.jurisdictions}
    if not model.jurisdiction_column:
        return f"'{zones[model.jurisdiction]}'"
    cases = " ".join(f"when '{code}' then '{zone}'" for code, zone in zones.items())
    return f"case {model.jurisdiction_column} {cases} end"


def listed(names: Iterable[str], table: str = "") -> str:
    """Columns in a row, of `table` where one is named."""
    return ", ".join(f"{table}.{name}" if table else name for name in names)


def equal(one: str, other: str, names: Iterable[str]) -> str:
    """The condition that two rows have the same columns of these names."""
    return " and ".join(f"{one}.{name} = {other}.{name}" for name in names)
