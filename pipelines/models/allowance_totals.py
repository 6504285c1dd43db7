"""The allowance of each product by reporting day, currency and stage, where the executive page reads it: the lakehouse is closed to pages."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from typing import Any

import dagster as dg

from contracts.models.credit import CREDIT_MODELS, CreditModelName
from contracts.models.inventory import model_inventory
from contracts.settings import load_settings
from pipelines.failures import retried_by_kind
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.links import warehouse_links
from pipelines.models.allowance_assets import ALLOWANCES
from pipelines.models.allowances import table_of
from pipelines.warehouse.load import SCHEMA
from pipelines.warehouse.publish import GROUP
from pipelines.warehouse.shown import show_rows

TABLE = "allowance_by_stage"
COLUMNS = {
    "model": "text not null",
    "as_of_date": "date not null",
    "currency": "char(3) not null",
    "stage": "integer not null",
    "loans": "bigint not null",
    "exposure_amount": "numeric not null",
    "allowance_amount": "numeric not null",
}

_TOTALS = """
    select '{model}' as model, as_of_date, currency, stage, count(*) as loans, sum(exposure_amount) as exposure_amount,
        sum(allowance_amount) as allowance_amount
    from {table}
    group by all order by all
"""


def allowance_totals(lake: Lake, model: CreditModelName) -> list[dict[str, Any]]:
    """Every reporting day of a model's that was written; nothing before the first one was."""
    name = table_of(model)
    if lake.head(name) is None:
        return []
    lake.attach(name)
    rows: list[dict[str, Any]] = lake.query(_TOTALS.format(model=model, table=name)).to_pylist()
    return rows


@dg.asset(
    key=dg.AssetKey([GROUP, TABLE]),
    deps=list(ALLOWANCES.values()),
    group_name=GROUP,
    kinds={"postgres", "duckdb"},
    owners=sorted({model_inventory().entry(name).record.owner for name in CREDIT_MODELS}),
    metadata=warehouse_links(f"{SCHEMA}.{TABLE}"),
    description="The allowance of each product by reporting day, currency and stage, as the executive page shows it.",
)
def allowance_by_stage(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """All days are written anew: few rows, and a day can be made again."""
    settings = load_settings()
    with retried_by_kind(context), open_lake(settings) as lake:
        totals = [row for name in CREDIT_MODELS for row in allowance_totals(lake, name)]
        rows = show_rows(settings, TABLE, COLUMNS, totals)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})
