"""Applications that nobody has decided on, with what they tell, as silver has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import attach_snapshots


@dataclass(frozen=True)
class Waiting:
    """A row for each application in the order of its key, `application_id` and `borrower_id` before the model's columns."""

    rows: pd.DataFrame
    snapshots: Mapping[str, str]


def read_waiting(lake: Lake, model: CreditModel) -> Waiting:
    """The applications of a model that has them apart from its loans; raises NotFoundError for a table that is not there."""
    table, wanted = find_table(model.app, model.applied_in), model.application.waiting if model.application else {}
    snapshots = attach_snapshots(lake, (table.silver,))
    application, borrower = (f"concat_ws('/', {', '.join(names)})" for names in (table.key, model.borrower_key))
    waits = " and ".join(f"{name} = '{value}'" for name, value in wanted.items())
    columns = ", ".join(f"cast({name} as double) as {name}" for name in model.columns)
    rows = lake.session.execute(
        f"select {application} as application_id, {borrower} as borrower_id, {columns} from {table.silver}"  # noqa: S608 - declared names only
        f" where {waits} order by {', '.join(table.key)}"
    ).df()
    return Waiting(rows, snapshots)
