"""What the models learn from, read from the lakehouse, with the snapshots it was read at."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped]

from contracts.models import fraud_model, micro_loan_model
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake

_ACTIVITY = "features.transaction_activity"
_LABELS = "silver.labels"


@dataclass(frozen=True)
class FraudData:
    """Decisions with their features, labels, and the snapshot id of each table read."""

    decisions: pd.DataFrame
    labels: pd.DataFrame
    snapshots: dict[str, str]


@dataclass(frozen=True)
class LoanData:
    """Loans as they stand, and the snapshot id of the table read."""

    loans: pd.DataFrame
    snapshots: dict[str, str]


def read_fraud_data(lake: Lake) -> FraudData:
    """Every decision with its label, if one is known; raises NotFoundError before the tables exist."""
    lake.attach(_ACTIVITY, _LABELS)
    context = ("transaction_id", "leg", "attempt", "occurred_at", "kind", "amount_usd_minor")
    names = ", ".join((*context, *fraud_model().inputs))
    decisions = lake.session.execute(f"select {names} from {_ACTIVITY}").df()  # noqa: S608 - declared names only
    labels = lake.session.execute(f"select transaction_id, leg, label, known_at from {_LABELS}").df()  # noqa: S608
    return FraudData(decisions, labels, _snapshots(lake, _ACTIVITY, _LABELS))


def read_loan_data(lake: Lake) -> LoanData:
    """Every loan with what became of it; raises NotFoundError before the table exists."""
    model = micro_loan_model()
    table = find_table(model.app, model.table).silver
    lake.attach(table)
    names = ", ".join(("loan_id", "status", "disbursed_at", "defaulted_at", *model.columns))
    loans = lake.session.execute(f"select {names} from {table}").df()  # noqa: S608 - declared names only
    return LoanData(loans, _snapshots(lake, table))


def _snapshots(lake: Lake, *tables: str) -> dict[str, str]:
    heads = {table: lake.head(table) for table in tables}
    return {table: str(head.snapshot_id) for table, head in heads.items() if head is not None}
