"""Open loans as they were known at the end of a day, from silver: what a behaviour model is taught, and what it is asked.

Silver has a loan and an instalment as they are now. So of a loan nothing is read but what it was granted with; of an instalment what
was due by the day, and a payment from the day on which the instalment was paid in full. Days are those of the jurisdiction that the
loan is under: one day of the calendar ends at another moment for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from contracts.jurisdictions import load_jurisdiction
from contracts.models.behaviour import BehaviourModel
from ml.credit.behaviour_dataset import Observations
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import Snapshots, attach_snapshots
from pipelines.models.observations_sql import observed_sql, span_sql
from pipelines.models.open_loans import loan_tables


@dataclass(frozen=True)
class ObservedLoans:
    """Observations, and the snapshot id of each table that they were read from."""

    observations: Observations
    snapshots: dict[str, str]


def observed_tables(model: BehaviourModel) -> tuple[str, ...]:
    """The tables that tell of a model's loans, as of those that are open: both are read at the same snapshots."""
    return loan_tables(model.granted_by)


def read_observations(lake: Lake, model: BehaviourModel, snapshots: Snapshots | None = None) -> ObservedLoans:
    """Every loan on every declared day that is over and on which it had instalments to pay and had not defaulted.

    Raises NotFoundError for a table or a snapshot that is not there, InvalidInputError while there is no loan.
    """
    read = attach_snapshots(lake, observed_tables(model), snapshots)
    # The present is that of the model that loans are granted by.
    first, present = lake.session.execute(span_sql(model)).fetchall()[0]
    if first is None:
        raise InvalidInputError("there is no loan to learn from", field=f"{model.app}.{model.table}")
    zones = [load_jurisdiction(code).zone for code in model.granted_by.jurisdictions]
    begun, ended = (
        min(first.astimezone(zone).date() for zone in zones),
        max(present.astimezone(zone).date() for zone in zones),
    )
    rows = observe(lake.session, model, _DAYS[model.observed](begun, ended))
    # A day that is over for one lender need not be for another.
    is_over, is_open = rows["observed_at"] <= present, rows["instalments_paid_in_full"] < rows["instalments_promised"]
    return ObservedLoans(Observations(rows[is_over & is_open].reset_index(drop=True), pd.Timestamp(present)), read)


def measured_on(lake: Lake, model: BehaviourModel, day: date, snapshots: Mapping[str, str]) -> pd.DataFrame:
    """Every loan that had not defaulted by the end of one day, with the model's columns."""
    attach_snapshots(lake, observed_tables(model), snapshots)
    return observe(lake.session, model, [day])


def month_ends(first: date, present: date) -> list[date]:
    """The last days of months from that of `first` on that are over at `present`."""
    found: list[date] = []
    month = first.replace(day=1)
    while True:
        month = (month + timedelta(days=31)).replace(day=1)
        if month > present:
            return found
        found.append(month - timedelta(days=1))


_DAYS = {"month_end": month_ends}


def observe(session: duckdb.DuckDBPyConnection, model: BehaviourModel, days: Sequence[date]) -> pd.DataFrame:
    """A row for each day and loan that was lent by its end and had not defaulted, from the silver tables in the session."""
    asked: dict[str, Any] = {"days": list(days), "recent": model.recent.days}
    return session.execute(observed_sql(model), asked).df()
