"""Loans of each credit model as the workload makes them, in the tables that silver has of them: no engine is needed to land them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.io.pyarrow import schema_to_pyarrow

from contracts.models.credit import CreditModel, CreditModelName, credit_model
from contracts.tables import find_table
from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.specification import find_silver
from pipelines.models.open_loans import loan_tables
from sources.bulk import arrow_column
from sources.workload.calendars import Calendar
from sources.workload.columns import Columns
from sources.workload.lending import lending
from sources.workload.movements import Numbers
from sources.workload.nexafi.businesses import build_businesses
from sources.workload.nexafi.lending import build_lending
from sources.workload.population import build_members
from sources.workload.raisket.market import build_raisket
from sources.workload.sizes import HISTORY_DAYS, Size, parse_size

AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)
Tables = dict[str, Columns]


def _of_credit_unions(seed: int, size: Size, calendar: Calendar) -> Tables:
    return lending(seed, size, build_members(seed, size), calendar, Numbers())


def _of_neobank(seed: int, size: Size, calendar: Calendar) -> Tables:
    return build_lending(seed, build_businesses(seed, size), calendar).tables


def _of_marketplace(seed: int, size: Size, calendar: Calendar) -> Tables:
    return build_raisket(seed, size, calendar).tables


_WORLDS: dict[CreditModelName, Callable[[int, Size, Calendar], Tables]] = {
    "micro_loan": _of_credit_unions,
    "sme_loan": _of_neobank,
    "consumer_loan": _of_marketplace,
}


def hold_generated(lake: Lake, name: CreditModelName, seed: int, size: str) -> None:
    """What a model's loans are read from, in place of what was there; of their applicants nothing is known."""
    model = credit_model(name)
    made = _WORLDS[name](seed, parse_size(size), Calendar(AS_OF, HISTORY_DAYS))
    _hold(lake, find_table(model.app, model.applicant.table).silver, {})
    for stored in loan_tables(model):
        app_table = stored.partition(".")[2]
        table = find_table(model.app, app_table.partition("__")[2])
        columns = {column.name: arrow_column(column, made[table.name][column.name]) for column in table.columns}
        _hold(lake, stored, columns | _one_version(stored, columns, model))


def _one_version(stored: str, columns: dict[str, pa.Array], model: CreditModel) -> dict[str, pa.Array]:
    """In a history each row has held since the bureau answered."""
    report = model.application.report if model.application else None
    if report is None or not stored.startswith("silver_history."):
        return {}
    answered = columns[report.answered]
    return {"valid_from": answered, "_row_lsn": pa.array(range(len(answered)))}


def _hold(lake: Lake, stored: str, known: dict[str, pa.Array]) -> None:
    columns, height = find_silver(stored).stored, len(next(iter(known.values()), ()))
    schema = schema_to_pyarrow(iceberg_schema(columns), include_field_ids=False)
    arrays = [
        known[field.name].cast(field.type) if field.name in known else pa.nulls(height, field.type) for field in schema
    ]
    lake.replace(stored, pa.Table.from_arrays(arrays, schema=schema), columns, {})
