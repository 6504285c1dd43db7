"""Loans that are open on a day, as the lakehouse knows them: what is left of each, how late it is, and its borrower's inputs.

A day is that of the jurisdiction that the loan is under. A payment counts from the day on which its instalment was paid in full, a part
payment from the day of the instalment's last change, as in `silver.loan_performance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pandas as pd  # type: ignore[import-untyped]

from contracts.jurisdictions import load_jurisdiction
from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.models.applied import applied_tables
from pipelines.models.data import attach_snapshots
from pipelines.models.open_loans_sql import open_sql, unpaid_sql

# Columns of the borrower's latest application, beside those of the loan's own.
NOW = "now_"


@dataclass(frozen=True)
class OpenLoans:
    """A row for each loan, in the order of its key; the ids of what was read, and what is unpaid by currency, counted apart.

    `tenant_id` is whose loan it is: the tenant where the system keeps them apart, else the system.
    What is unpaid of instalments that belong to no loan stands under the currency `unknown`.
    """

    rows: pd.DataFrame
    snapshots: Mapping[str, str]
    unpaid: Mapping[str, Decimal]


def loan_tables(model: CreditModel) -> tuple[str, ...]:
    """The tables that a model's open loans are read from: loans, instalments, and what tells of applications where it stands apart."""
    names = (find_table(model.app, name).silver for name in (model.table, model.instalments.table))
    return tuple(dict.fromkeys((*names, *applied_tables(model))))


def latest_reporting_day(model: CreditModel, now: datetime) -> date:
    """The day that it is for every lender of a model's loans: where one is a day ahead, that of the others."""
    return min(now.astimezone(load_jurisdiction(code).zone).date() for code in model.jurisdictions)


def read_open_loans(lake: Lake, model: CreditModel, day: date) -> OpenLoans:
    """What was open at the end of a day; raises NotFoundError for a table that is not there.

    `exposure` is the gross carrying amount: what is due and unpaid, and instalments to come, without the tax in them, discounted
    by the loan's own rate, a month each (IFRS 9, appendix A). A loan without instalments has none, and null where they would count.
    """
    snapshots = attach_snapshots(lake, loan_tables(model))
    rows = lake.session.execute(open_sql(model, NOW), {"day": day}).df()
    unpaid = lake.session.execute(unpaid_sql(model), {"day": day}).fetchall()
    return OpenLoans(rows, snapshots, {str(currency): Decimal(amount) for currency, amount in unpaid})
