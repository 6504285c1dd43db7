"""The statements that say which loans a behaviour model is of, and how each stood at the end of the days asked for.

Tables, keys and columns are those of the model that the loans were granted by. `$days` and `$recent` are asked for by name.
"""

from __future__ import annotations

from contracts.models.behaviour import BehaviourModel
from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.models.applied import application_join, applied_values, belongs
from pipelines.models.lenders import lender_sql, listed, zone_sql

# What the agreed annuity leaves after as many instalments as are paid: of a system that does not split them.
_ANNUITY_LEFT = """lent_amount * case when monthly_rate > 0
            then (1 - power(1 + monthly_rate, months_paid - months_agreed)) / (1 - power(1 + monthly_rate, -months_agreed))
            else (months_agreed - months_paid) / months_agreed end"""


def span_sql(model: BehaviourModel) -> str:
    """The first moment at which one of the loans was lent, and the last that is known of them; both null while there is none."""
    return f"""
select min(disbursed_at), greatest(max(disbursed_at), max(defaulted_at))
from ({_placed_sql(model.granted_by)}) where zone is not null"""  # noqa: S608 - declared names only


def observed_sql(model: BehaviourModel) -> str:
    """A row for each day and loan that was lent by its end and had not defaulted, where the lender is."""
    granted_by = model.granted_by
    loans, owed = find_table(model.app, model.table), find_table(model.app, model.instalments)
    key, values = listed(loans.key), applied_values(granted_by)
    granted = [f"cast({values.get(name, f'loan.{name}')} as double) as {name}" for name in model.granted]
    columns = [f"cast(coalesce({name}, 0) as double) as {name}" for name in model.measures]
    told = list(filter(None, [model.jurisdiction_column]))
    return f"""
with days as (select unnest($days::date[]) as day),
placed as ({_placed_sql(granted_by)}),
lent as (
    select {listed([*loans.key, *told, "lender", "zone", "disbursed_at", "defaulted_at"], "loan")},
        concat_ws('/', {listed(granted_by.borrower_key, "loan")}) as borrower, loan.principal as lent_amount,
        loan.term_months as months_agreed, loan.annual_rate_pct / 1200.0 as monthly_rate, {", ".join(granted)}
    from placed loan {application_join(granted_by)}
),
on_days as (
    select *, cast(disbursed_at at time zone zone as date) as disbursed_on from lent cross join days
    where disbursed_on <= day and coalesce(cast(defaulted_at at time zone zone as date) > day, true)
),
scheduled as (
    select {key}, owed.due_date, {_principal_part_sql(granted_by)} as principal_part,
        case when owed.paid_amount >= owed.due_amount
            then cast(coalesce(owed.paid_at, owed.updated_at) at time zone zone as date) end as paid_on
    from {owed.silver} owed inner join lent using ({key})
),
promised as (
    select {key}, count(*) as instalments_promised from scheduled group by all
),
known as (
    select day, {key}, due_date <= day as is_due, coalesce(paid_on <= day, false) as is_paid, principal_part, paid_on,
        greatest(case when paid_on <= day then paid_on else day end - due_date, 0) as late
    from on_days inner join scheduled using ({key})
    where due_date <= day or paid_on <= day
),
measured as (
    select day, {key},
        count(*) filter (where is_paid) as instalments_paid,
        sum(principal_part) filter (where is_paid) as principal_paid,
        count(*) filter (where is_due) as instalments_due,
        count(*) filter (where is_due and late > 0) as instalments_late,
        sum(late) filter (where is_due) as days_late,
        max(late) filter (where is_due and not is_paid) as days_past_due,
        max(late) filter (where is_due) as worst_days_past_due,
        max(late) filter (where is_due and (not is_paid or paid_on > day - $recent)) as recent_days_past_due
    from known group by all
),
together as (
    select on_days.*, instalments_promised, measured.* exclude (day, {key}),
        months_agreed as instalments_agreed, datesub('month', disbursed_on, day) as months_on_book,
        least(coalesce(measured.instalments_paid, 0), months_agreed) as months_paid,
        {_principal_owed_sql(granted_by)} as principal_owed
    from on_days inner join promised using ({key}) left join measured using (day, {key})
)
select lender as tenant_id, loan_id, borrower, {"".join(f"{name}, " for name in told)}day as observed_on,
    cast(day + 1 as timestamp) at time zone zone as observed_at, defaulted_at,
    coalesce(instalments_paid, 0) as instalments_paid_in_full, instalments_promised, {", ".join(columns + list(model.granted))}
from together order by day, lender, loan_id"""  # noqa: S608 - declared names only


def _placed_sql(model: CreditModel) -> str:
    """The loans that are the model's, with whose they are and whose days count."""
    loans = find_table(model.app, model.table).silver
    return f"select *, {lender_sql(model)} as lender, {zone_sql(model)} as zone from {loans} loan where {belongs(model, 'loan')}"  # noqa: S608 - likewise


def _principal_part_sql(model: CreditModel) -> str:
    """The principal in an instalment; null where the system does not split it."""
    split = model.instalments
    if not split.interest:
        return "null"
    return f"owed.due_amount - owed.{split.interest}" + (f" - owed.{split.tax}" if split.tax else "")


def _principal_owed_sql(model: CreditModel) -> str:
    return "greatest(lent_amount - coalesce(principal_paid, 0), 0)" if model.instalments.interest else _ANNUITY_LEFT
