"""Open loans as they were known at the end of a day, from silver: what a behaviour model is taught, and what it is asked.

Silver has a loan and an instalment as they are now. So of a loan nothing is read but what it was granted with; of an instalment what
was due by the day, and a payment from the day on which the instalment was paid in full. Days are those of the lender's jurisdiction.
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
from contracts.tables import find_table
from ml.credit.behaviour_dataset import Observations
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import Snapshots, attach_snapshots


@dataclass(frozen=True)
class ObservedLoans:
    """Observations, and the snapshot id of each table that they were read from."""

    observations: Observations
    snapshots: dict[str, str]


def observed_tables(model: BehaviourModel) -> tuple[str, str]:
    """The silver tables of a model's loans and of their instalments."""
    return find_table(model.app, model.table).silver, find_table(model.app, model.instalments).silver


def read_observations(lake: Lake, model: BehaviourModel, snapshots: Snapshots | None = None) -> ObservedLoans:
    """Every loan on every declared day that is over and on which it had instalments to pay and had not defaulted.

    Raises NotFoundError for a table or a snapshot that is not there, InvalidInputError while there is no loan.
    """
    tables = observed_tables(model)
    read = attach_snapshots(lake, tables, snapshots)
    zone = load_jurisdiction(model.jurisdiction).zone
    # The present is that of the model that loans are granted by.
    first, present = lake.session.execute(
        f"select min(disbursed_at), greatest(max(disbursed_at), max(defaulted_at)) from {tables[0]}"  # noqa: S608 - declared names only
    ).fetchall()[0]
    if first is None:
        raise InvalidInputError("there is no loan to learn from", field=f"{model.app}.{model.table}")
    days = _DAYS[model.observed](first.astimezone(zone).date(), present.astimezone(zone).date())
    rows = observe(lake.session, model, days)
    observed = rows[rows["instalments_paid_in_full"] < rows["instalments_promised"]].reset_index(drop=True)
    return ObservedLoans(Observations(observed, pd.Timestamp(present)), read)


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
    asked: dict[str, Any] = {
        "days": list(days),
        "zone": load_jurisdiction(model.jurisdiction).time_zone,
        "recent": model.recent.days,
    }
    return session.execute(_observed_sql(model, *observed_tables(model)), asked).df()


def _observed_sql(model: BehaviourModel, loans: str, instalments: str) -> str:
    columns = [f"cast(coalesce({name}, 0) as double) as {name}" for name in model.measures]
    columns += [f"cast({name} as double) as {name}" for name in model.granted]
    return f"""
with days as (select unnest($days::date[]) as day),
lent as (
    select *, cast(disbursed_at at time zone $zone as date) as disbursed_on from {loans} cross join days
    where disbursed_on <= day and coalesce(cast(defaulted_at at time zone $zone as date) > day, true)
),
scheduled as (
    select tenant_id, loan_id, due_date,
        case when paid_amount >= due_amount then cast(coalesce(paid_at, updated_at) at time zone $zone as date) end as paid_on
    from {instalments}
),
promised as (
    select tenant_id, loan_id, count(*) as instalments_promised from scheduled group by all
),
known as (
    select day, tenant_id, loan_id, due_date <= day as is_due, coalesce(paid_on <= day, false) as is_paid,
        greatest(case when paid_on <= day then paid_on else day end - due_date, 0) as late, paid_on
    from lent inner join scheduled using (tenant_id, loan_id)
    where due_date <= day or paid_on <= day
),
measured as (
    select day, tenant_id, loan_id,
        count(*) filter (where is_paid) as instalments_paid,
        count(*) filter (where is_due) as instalments_due,
        count(*) filter (where is_due and late > 0) as instalments_late,
        sum(late) filter (where is_due) as days_late,
        max(late) filter (where is_due and not is_paid) as days_past_due,
        max(late) filter (where is_due) as worst_days_past_due,
        max(late) filter (where is_due and (not is_paid or paid_on > day - $recent)) as recent_days_past_due
    from known group by all
),
together as (
    select lent.*, instalments_promised, measured.* exclude (day, tenant_id, loan_id),
        lent.term_months as instalments_agreed, datesub('month', disbursed_on, day) as months_on_book,
        least(coalesce(measured.instalments_paid, 0), term_months) as months_paid, annual_rate_pct / 1200.0 as monthly_rate,
        principal * case when monthly_rate > 0
            then (1 - power(1 + monthly_rate, months_paid - term_months)) / (1 - power(1 + monthly_rate, -term_months))
            else (term_months - months_paid) / term_months end as principal_owed
    from lent inner join promised using (tenant_id, loan_id) left join measured using (day, tenant_id, loan_id)
)
select tenant_id, loan_id, concat_ws('/', tenant_id, user_id) as borrower, day as observed_on,
    cast(day + 1 as timestamp) at time zone $zone as observed_at, defaulted_at,
    coalesce(instalments_paid, 0) as instalments_paid_in_full, instalments_promised, {", ".join(columns)}
from together order by day, tenant_id, loan_id"""  # noqa: S608 - declared names only
