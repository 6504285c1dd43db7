"""Remittance orders from silver, with the snapshots they were read at."""

from __future__ import annotations

from dataclasses import fields

from contracts.errors import NotFoundError, TransientError
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import INPUT_SNAPSHOT
from pipelines.reports.eftr.orders import RemittanceOrder

TABLE = "silver.diasporacore__remittance_orders"
BRONZE = "bronze.diasporacore__remittance_orders"


def read_orders(lake: Lake) -> tuple[list[RemittanceOrder], dict[str, int | str]]:
    """Every order of silver, in order of time, and the snapshot ids for the evidence.

    Raises NotFoundError before silver was first made, TransientError when it changed while it was read.
    """
    lake.attach(TABLE)
    head = lake.head(TABLE)
    if head is None:
        raise NotFoundError(f"{TABLE} has no snapshot yet.", hint="Materialise silver first.")
    columns = [field.name for field in fields(RemittanceOrder)]
    selected = ", ".join("remittance_order_id as order_id" if name == "order_id" else name for name in columns)
    rows = lake.query(f"select {selected} from {TABLE} order by created_at, remittance_order_id")  # noqa: S608 - our names
    after = lake.head(TABLE)
    if after is None or after.snapshot_id != head.snapshot_id:
        raise TransientError(f"{TABLE} changed while it was read.")
    orders = [RemittanceOrder(**row) for row in rows.to_pylist()]
    return orders, {TABLE: head.snapshot_id, BRONZE: int(head.properties.get(INPUT_SNAPSHOT, 0))}
