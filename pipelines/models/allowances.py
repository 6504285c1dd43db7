"""`governance.<model>_allowance`: what open loans are expected to lose, a row for each loan and reporting day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile

from contracts.models import ModelName
from pipelines.lakehouse.canonical import INPUT_SNAPSHOTS
from pipelines.lakehouse.catalog import Lake, iceberg_schema
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.heads import Head
from pipelines.lakehouse.touched import hold_rows
from pipelines.models.open_loans import OpenLoans
from pipelines.models.provisions import Provision

KEY = ("as_of_date", "tenant_id", "loan_id")
_AMOUNT: dict[str, Any] = {"precision": 18, "scale": 2}
COLUMNS = (
    SilverColumn("as_of_date", "date", "Reporting day in the jurisdiction that the loan is under"),
    SilverColumn("tenant_id", "text", "Credit union, or the system where it does not keep lenders apart"),
    SilverColumn("loan_id", "text", "Loan"),
    SilverColumn("currency", "text", "ISO 4217"),
    SilverColumn("days_past_due", "integer", "From the oldest instalment not paid in full; 0 when there is none"),
    SilverColumn("stage", "integer", "IFRS 9 stage: 1 twelve months, 2 the remaining life, 3 credit-impaired"),
    SilverColumn(
        "probability_at_grant",
        "number",
        "Of default within a year, from the loan's own application by the application model",
    ),
    SilverColumn(
        "probability_of_default",
        "number",
        "Of default within a year: from the loan's payments so far where a behaviour model is in charge, else from the borrower's latest application; 1 in stage 3",
    ),
    SilverColumn("loss_given_default", "number", "Declared for the product, as a share of 1"),
    SilverColumn("outstanding_amount", "decimal", "Scheduled and not yet paid", **_AMOUNT),
    SilverColumn(
        "exposure_amount",
        "decimal",
        "Gross carrying amount: due and unpaid, and instalments to come discounted by the loan's own rate",
        **_AMOUNT,
    ),
    SilverColumn(
        "allowance_amount", "decimal", "Expected credit loss, never above the loss of all of the exposure", **_AMOUNT
    ),
    SilverColumn("model_version", "text", "Champion that gave probability_of_default, or would have in stage 3"),
)


def table_of(model: ModelName) -> str:
    """The table's full name."""
    return f"governance.{model}_allowance"


def write_provisions(
    lake: Lake, model: ModelName, provisions: Sequence[Provision], loans: OpenLoans, day: date
) -> Head:
    """Put a day's rows in the place of those that it had; with the same rows nothing is written, other days stay."""
    name, schema = table_of(model), schema_to_pyarrow(iceberg_schema(COLUMNS), include_field_ids=False)
    lake.session.register("provided", pa.Table.from_pylist(list(map(asdict, provisions)), schema=schema))
    head, files = lake.head(name), _files_of(lake, name, day)
    hold_rows(lake, "held", files, COLUMNS)
    of_day = "select * from held where as_of_date = $1"
    differs = f"(from provided except {of_day}) union all ({of_day} except from provided)"
    if head is not None and not lake.count(f"select count(*) from ({differs})", [day]):  # noqa: S608 - constants
        return head
    rows = lake.query(
        "select * from (select * from held where as_of_date <> $1 union all by name from provided) order by all",
        [day],
    )
    told = {INPUT_SNAPSHOTS: json.dumps(dict(loans.snapshots))}
    return lake.replace(name, rows, COLUMNS, told, files if head is not None else None)


def _files_of(lake: Lake, name: str, day: date) -> tuple[DataFile, ...]:
    """The files that may hold rows of a day."""
    table = lake.find(name)
    return tuple(task.file for task in table.scan(f"as_of_date = '{day.isoformat()}'").plan_files()) if table else ()
