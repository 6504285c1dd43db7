"""Loans that are open on a day, as the lakehouse knows them: what is left of each, how late it is, and its borrower's inputs.

A day is that of the lender's jurisdiction. A payment counts from the day on which its instalment was paid in full, a part
payment from the day of the instalment's last change, as in `silver.loan_performance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd  # type: ignore[import-untyped]

from contracts.credit.offers import load_offers
from contracts.jurisdictions import load_jurisdiction
from contracts.models.behaviour import micro_loan_behaviour_model
from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.models.data import attach_snapshots

# Columns of the borrower's latest application, beside those of the loan's own.
NOW = "now_"


@dataclass(frozen=True)
class OpenLoans:
    """A row for each loan, in the order of its key; the ids of what was read, and what is unpaid by currency, counted apart.

    What is unpaid of instalments that belong to no loan stands under the currency `unknown`.
    """

    rows: pd.DataFrame
    snapshots: Mapping[str, str]
    unpaid: Mapping[str, Decimal]


def loan_tables(model: CreditModel) -> tuple[str, str]:
    """The silver tables that a model's loans and their instalments are read from."""
    return find_table(model.app, model.table).silver, find_table(
        model.app, micro_loan_behaviour_model().instalments
    ).silver


def read_open_loans(lake: Lake, model: CreditModel, day: date) -> OpenLoans:
    """What was open at the end of a day; raises NotFoundError for a table that is not there.

    `exposure` is the gross carrying amount: what is due and unpaid, and instalments to come discounted by the loan's own
    rate, a month each (IFRS 9, appendix A). A loan without instalments has none, and null where they would count.
    """
    tables = loan_tables(model)
    snapshots = attach_snapshots(lake, tables)
    zone = load_jurisdiction(model.jurisdiction).time_zone
    rows = lake.session.execute(_open_sql(model, *tables), {"day": day, "zone": zone}).df()
    unpaid = lake.session.execute(_unpaid_sql(*tables), {"day": day, "zone": zone}).fetchall()
    return OpenLoans(rows, snapshots, {str(currency): Decimal(amount) for currency, amount in unpaid})


def _instalments_sql(instalments: str) -> str:
    return f"""
    select tenant_id, loan_id, due_date, due_amount, greatest(due_amount - case
        when cast(coalesce(paid_at, updated_at) at time zone $zone as date) <= $day then paid_amount else 0 end, 0) as unpaid
    from {instalments}"""  # noqa: S608 - declared names only


def _open_sql(model: CreditModel, loans: str, instalments: str) -> str:
    principal = load_offers().products[model.model].columns.principal
    own = ", ".join(f"cast(loan.{name} as double) as {name}" for name in model.columns)
    # The loan itself is what is asked about, now as then; whatever else an application tells may have changed.
    latest = ", ".join(
        f"cast({'loan' if name == principal else 'latest'}.{name} as double) as {NOW}{name}" for name in model.columns
    )
    return f"""
with instalments as ({_instalments_sql(instalments)}),
placed as (
    select *, row_number() over (partition by tenant_id, loan_id, due_date > $day order by due_date) as months_ahead
    from instalments where unpaid > 0 or due_amount is null or due_date is null
),
lent as (
    select * from {loans} where cast(disbursed_at at time zone $zone as date) <= $day
),
latest as (
    select distinct on (tenant_id, user_id) * from lent order by tenant_id, user_id, disbursed_at desc, loan_id
),
left_of as (
    select placed.tenant_id, placed.loan_id, sum(unpaid) as outstanding,
        count(*) filter (where due_date > $day) as months_to_come,
        coalesce($day - min(due_date) filter (where due_date < $day), 0) as days_past_due,
        sum(case when due_date <= $day then unpaid else unpaid / power(1 + annual_rate_pct / 1200.0, months_ahead) end) as exposure,
        bool_or(due_amount is null or due_date is null) as is_incomplete
    from placed inner join lent using (tenant_id, loan_id) group by placed.tenant_id, placed.loan_id
)
select loan.tenant_id, loan.loan_id, loan.currency, cast(loan.annual_rate_pct as double) as annual_rate_pct,
    coalesce(cast(loan.defaulted_at at time zone $zone as date) <= $day, false) as is_defaulted,
    outstanding, months_to_come, days_past_due, cast(exposure as double) as exposure, is_incomplete, {own}, {latest}
from lent loan left join left_of using (tenant_id, loan_id)
inner join latest using (tenant_id, user_id)
where outstanding > 0 or is_incomplete or (loan.status <> 'repaid' and not exists (
    select 1 from instalments where instalments.tenant_id = loan.tenant_id and instalments.loan_id = loan.loan_id))
order by loan.tenant_id, loan.loan_id"""  # noqa: S608 - likewise


def _unpaid_sql(loans: str, instalments: str) -> str:
    return f"""
select coalesce(loan.currency, 'unknown') as currency, sum(unpaid)
from ({_instalments_sql(instalments)}) as instalments left join {loans} loan using (tenant_id, loan_id)
where unpaid > 0 and coalesce(cast(loan.disbursed_at at time zone $zone as date) <= $day, true)
group by 1 order by 1"""  # noqa: S608 - likewise
