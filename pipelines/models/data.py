"""What the models learn from, read from the lakehouse at named snapshots: the current ones, or those that a run recorded.

Rows come in the order of their keys: the order in which files are read is nobody's promise, and a model's bytes hang on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import NotFoundError
from contracts.models import fraud_model, micro_loan_model
from contracts.models.credit import CreditModel
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake
from pipelines.models.applied import application_join, applied_tables, applied_values, belongs
from pipelines.models.protected import applicant_join, protected_columns

_ACTIVITY = "features.transaction_activity"
_LABELS = "silver.labels"

Snapshots = Mapping[str, str]


@dataclass(frozen=True)
class FraudData:
    """Decisions with their features, labels, and the snapshot id of each table read."""

    decisions: pd.DataFrame
    labels: pd.DataFrame
    snapshots: dict[str, str]


@dataclass(frozen=True)
class LoanData:
    """Loans as they stand, their applicants' protected attributes in the same order, and the snapshot id of each table."""

    loans: pd.DataFrame
    groups: pd.DataFrame
    snapshots: dict[str, str]


def read_fraud_data(lake: Lake, snapshots: Snapshots | None = None) -> FraudData:
    """Every decision with its label, if one is known; raises NotFoundError for a table or a snapshot that is not there."""
    read = attach_snapshots(lake, (_ACTIVITY, _LABELS), snapshots)
    context = ("transaction_id", "leg", "attempt", "account_id", "occurred_at", "kind", "amount_usd_minor")
    names = ", ".join((*context, *fraud_model().inputs))
    decisions = lake.session.execute(
        f"select {names} from {_ACTIVITY} order by transaction_id, leg, attempt"  # noqa: S608 - declared names only
    ).df()
    labels = lake.session.execute(
        f"select transaction_id, leg, label, known_at from {_LABELS} order by known_at, label_id"  # noqa: S608
    ).df()
    return FraudData(decisions, labels, read)


def card_tables(model: CreditModel) -> tuple[str, ...]:
    """The tables that a card is trained from: loans, applicants, and what tells of applications where it stands apart."""
    loans, people = (find_table(model.app, name).silver for name in (model.table, model.applicant.table))
    return tuple(dict.fromkeys((loans, people, *applied_tables(model))))


def read_loan_data(lake: Lake, snapshots: Snapshots | None = None, model: CreditModel | None = None) -> LoanData:
    """Every loan with what became of it; raises NotFoundError for a table or a snapshot that is not there."""
    declared = model or micro_loan_model()
    loans, *_ = tables = card_tables(declared)
    read = attach_snapshots(lake, tables, snapshots)
    context = ["loan_id", "status", "disbursed_at", "defaulted_at", *filter(None, [declared.jurisdiction_column])]
    applied = (f"{value} as {name}" for name, value in applied_values(declared).items())
    names = ", ".join([*(f"loan.{name}" for name in context), *applied])
    attributes = list(declared.applicant.attributes)
    borrower = ", ".join(f"loan.{name}" for name in declared.borrower_key)
    key = ", ".join(f"loan.{name}" for name in find_table(declared.app, declared.table).key)
    rows = lake.session.execute(
        f"select {names}, concat_ws('/', {borrower}) as borrower, {protected_columns(declared)} from {loans} loan"  # noqa: S608 - declared names only
        f" {application_join(declared)} {applicant_join(declared)} where {belongs(declared, 'loan')} order by {key}"
    ).df()
    return LoanData(rows.drop(columns=attributes), rows[attributes], read)


def attach_snapshots(lake: Lake, tables: tuple[str, ...], snapshots: Snapshots | None = None) -> dict[str, str]:
    """Make the tables readable at the snapshots, which are told as they are read: a writer in between changes nothing.

    Who names snapshots names one of every table: raises NotFoundError for a table that would be read as it is now.
    """
    if snapshots is None:
        snapshots = {name: str(head.snapshot_id) for name, head in lake.heads(tables).items()}
    elif silent := [table for table in tables if table not in snapshots]:
        raise NotFoundError(f"No snapshot of {', '.join(silent)} is named.", hint="Train anew from what is there now.")
    for table in tables:
        if table in snapshots:
            lake.attach_snapshot(table, int(snapshots[table]))
        else:
            lake.attach(table)
    return {table: snapshots[table] for table in tables if table in snapshots}
