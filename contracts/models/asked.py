"""What an application tells of its applicant: the declared column behind each of its card's."""

from __future__ import annotations

from contracts.models.credit import CreditModel
from contracts.tables import Column, find_table


def asked_columns(model: CreditModel) -> dict[str, Column]:
    """Columns by the name that they have in the card, in its order; one of a report may be missing: there may be none."""
    applied = _columns(model, model.applied_in)
    if model.application is not None:
        applied |= {name: _flag(name, wanted) for name, wanted in model.application.flags.items()}
        if (report := model.application.report) is not None:
            told = _columns(model, report.table)
            applied |= {
                name: told[column].model_copy(update={"name": name, "optional": True})
                for name, column in report.columns.items()
            }
    return {name: applied[name] for name in model.columns}


def is_flag(model: CreditModel, name: str) -> bool:
    """Whether a column of the card is 1 or 0."""
    return model.application is not None and name in model.application.flags


def _columns(model: CreditModel, table: str) -> dict[str, Column]:
    return {column.name: column for column in find_table(model.app, table).columns}


def _flag(name: str, wanted: dict[str, str]) -> Column:
    holds = " and ".join(f"{column} is {value}" for column, value in wanted.items())
    return Column(name=name, type="smallint", description=f"1 where {holds}, else 0")
