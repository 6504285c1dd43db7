"""Applications that nobody has decided on, with what they tell, as silver has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.models.applied import applied_tables, applied_values, belongs, report_join
from pipelines.models.data import attach_snapshots


@dataclass(frozen=True)
class Waiting:
    """A row for each application in the order of its key, `application_id` and `borrower_id` before the model's columns."""

    rows: pd.DataFrame
    snapshots: Mapping[str, str]


def read_waiting(lake: Lake, model: CreditModel) -> Waiting:
    """The applications of a model that has them apart from its loans; raises NotFoundError for a table that is not there."""
    table, wanted = find_table(model.app, model.applied_in), model.application.waiting if model.application else {}
    snapshots = attach_snapshots(lake, applied_tables(model))
    key, borrower = (", ".join(f"applied.{name}" for name in names) for names in (table.key, model.borrower_key))
    waits = " and ".join(
        [belongs(model, "applied"), *(f"applied.{name} = '{value}'" for name, value in wanted.items())]
    )
    columns = ", ".join(f"cast({value} as double) as {name}" for name, value in applied_values(model).items())
    rows = lake.session.execute(
        f"select concat_ws('/', {key}) as application_id, concat_ws('/', {borrower}) as borrower_id, {columns}"  # noqa: S608 - declared names only
        f" from {table.silver} applied {report_join(model)} where {waits} order by {key}"
    ).df()
    return Waiting(rows, snapshots)
