"""What a loan was applied for with, in SQL: columns of the loan itself, or of the application that it names by its key."""

from __future__ import annotations

from contracts.models.credit import CreditModel
from contracts.tables import find_table


def applied_columns(model: CreditModel) -> tuple[str, ...]:
    """The model's columns; `loan` and `applied` are the rows that they are read from."""
    return tuple(f"{'applied' if model.application else 'loan'}.{name}" for name in model.columns)


def application_join(model: CreditModel) -> str:
    """The join from a loan to its application; one that is gone leaves the loan without columns, for the gate to see."""
    if model.application is None:
        return ""
    table = find_table(model.app, model.application.table)
    return f"left join {table.silver} applied on " + " and ".join(f"applied.{key} = loan.{key}" for key in table.key)
