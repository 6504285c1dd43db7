"""The statements that say what is open of a model's loans on a day, and what is unpaid; `$day` is asked for by name.

Tables, keys and columns are those that contracts declare, so that every credit model has the same statements.
"""

from __future__ import annotations

from contracts.jurisdictions import load_jurisdiction
from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.models.applied import application_join, applied_values, belongs, belongs_elsewhere
from pipelines.models.lenders import equal, lender_sql, listed, zone_sql

_PAID_BY = "cast(coalesce(paid_at, updated_at) at time zone coalesce(zone, 'UTC') as date) <= $day"


def open_sql(model: CreditModel, now: str) -> str:
    """A row for each loan of which something was unpaid, or cannot be known to be paid.

    `now` stands before the names of the columns of the borrower's latest application in the loan's currency: a ratio must not be
    made of two. What a loan is asked for by is that of the loan, now as then.
    """
    loans, values = find_table(model.app, model.table), applied_values(model)
    key, of_key = loans.key, [f"of_{name}" for name in loans.key]
    own = ", ".join(f"own.{name}" for name in model.columns)
    latest = ", ".join(f"{'own' if name in model.asked else 'latest'}.{name} as {now}{name}" for name in model.columns)
    columns = ", ".join(f"cast({value} as double) as {name}" for name, value in values.items())
    again = (
        f"named loan {application_join(model, _end_sql(model))}"
        if model.application
        else f"named inner join {loans.silver} loan using ({listed(key)})"
    )
    return f"""
with instalments as ({_instalments_sql(model)}),
lent as (
    select *, {lender_sql(model)} as lender, {zone_sql(model)} as zone from {loans.silver} loan
    where {belongs(model, "loan")} and cast(disbursed_at at time zone zone as date) <= $day
),
placed as (
    select *, row_number() over (partition by {listed(key)}, due_date > $day order by due_date) as months_ahead
    from instalments where unpaid > 0 or due_amount is null or due_date is null
),
left_of as (
    select {listed(key, "placed")}, sum(unpaid) as outstanding,
        count(*) filter (where due_date > $day) as months_to_come,
        coalesce($day - min(due_date) filter (where due_date < $day), 0) as days_past_due,
        sum(case when due_date <= $day then unpaid
            else greatest(unpaid - tax, 0) / power(1 + annual_rate_pct / 1200.0, months_ahead) end) as exposure,
        bool_or(due_amount is null or due_date is null) as is_incomplete
    from placed inner join lent using ({listed(key)}) group by {listed(key, "placed")}
),
named as ({_latest_sql(model)}),
own as (select {listed(key, "loan")}, {columns} from lent loan {application_join(model)}),
latest as (select {listed(of_key)}, {columns} from {again})
select loan.lender as tenant_id, loan.loan_id, loan.currency, cast(loan.annual_rate_pct as double) as annual_rate_pct,
    coalesce(cast(loan.defaulted_at at time zone loan.zone as date) <= $day, false) as is_defaulted,
    outstanding, months_to_come, days_past_due, cast(exposure as double) as exposure, is_incomplete, {own}, {latest}
from lent loan left join left_of using ({listed(key)}) inner join own using ({listed(key)})
left join latest on {" and ".join(f"latest.of_{name} = loan.{name}" for name in key)}
where outstanding > 0 or is_incomplete or (loan.status <> 'repaid' and not exists (
    select 1 from instalments where {equal("instalments", "loan", key)}))
order by 1, 2"""  # noqa: S608 - declared names only


def unpaid_sql(model: CreditModel) -> str:
    """What is unpaid by currency, counted from the instalments alone; that of no loan is of the currency `unknown`.

    What is known to be another model's is left out, and no more: a loan of a product that is gone is counted, and not covered.
    """
    loans = find_table(model.app, model.table)
    return f"""
select coalesce(loan.currency, 'unknown') as currency, sum(unpaid)
from ({_instalments_sql(model)}) as instalments left join {loans.silver} loan using ({listed(loans.key)})
where unpaid > 0 and not {belongs_elsewhere(model, "loan")}
    and coalesce(cast(loan.disbursed_at at time zone zone as date) <= $day, true)
group by 1 order by 1"""  # noqa: S608 - likewise


def _latest_sql(model: CreditModel) -> str:
    """The key of each loan as `of_`, and by their own names the key of its borrower's latest application in its currency."""
    key, applied = find_table(model.app, model.table).key, find_table(model.app, model.applied_in)
    return f"""
    select distinct on ({listed(key, "loan")}) {", ".join(f"loan.{name} as of_{name}" for name in key)},
        {listed(applied.key, "applied")}
    from lent loan inner join {applied.silver} applied
        on {equal("applied", "loan", (*model.borrower_key, "currency"))}
    where {belongs(model, "applied")} and cast(applied.{model.applied_moment} at time zone loan.zone as date) <= $day
    order by {listed(key, "loan")}, applied.{model.applied_moment} desc, {listed(applied.key, "applied")}"""  # noqa: S608 - likewise


def _instalments_sql(model: CreditModel) -> str:
    loans, instalments = find_table(model.app, model.table), find_table(model.app, model.instalments.table)
    return f"""
    select {listed(loans.key)}, due_date, due_amount, {model.instalments.tax or "0"} as tax, zone,
        greatest(due_amount - case when {_PAID_BY} then paid_amount else 0 end, 0) as unpaid
    from {instalments.silver}
    left join (select {listed(loans.key)}, {zone_sql(model)} as zone from {loans.silver}) using ({listed(loans.key)})"""  # noqa: S608 - likewise


def _end_sql(model: CreditModel) -> str:
    """The last moment of the day for the lender whose day ends first."""
    zones = [load_jurisdiction(code).time_zone for code in model.jurisdictions]
    ends = ", ".join(f"($day + interval 1 day - interval 1 microsecond) at time zone '{zone}'" for zone in zones)
    return f"least({ends})"
