"""All drift of declared tables: at the source, and in documents that silver has not taken in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from contracts.settings import Settings
from contracts.tables import Table
from pipelines.lakehouse.drift.documents import is_needed, lacking_columns, recorded_shape, unread_shape
from pipelines.lakehouse.drift.findings import Drift
from pipelines.lakehouse.drift.source import source_drift
from pipelines.lakehouse.refresh import INPUT_SEQUENCE, read_up_to
from pipelines.lakehouse.specification import find_silver

if TYPE_CHECKING:
    from pipelines.lakehouse.catalog import Lake


def find_drift(lake: Lake, settings: Settings, tables: Iterable[Table]) -> tuple[Drift, ...]:
    """Each drifting column once. The source tells before a row changes, documents while the source is whole again."""
    wanted = tuple(tables)
    at_source = source_drift(settings, wanted)
    told = {(drift.table.silver, drift.column) for drift in at_source}
    unread = (drift for table in wanted for drift in unread_drift(lake, table))
    return (*at_source, *(drift for drift in unread if (drift.table.silver, drift.column) not in told))


def unread_drift(lake: Lake, table: Table) -> Iterator[Drift]:
    """Why silver does not take in what has landed: the newest document lacks what earlier ones had."""
    silver = find_silver(table.silver)
    head = lake.head(table.silver)
    if head is None or INPUT_SEQUENCE not in head.properties:
        return
    shape = unread_shape(lake, silver, lake.increment(table.bronze, read_up_to(head)))
    known = recorded_shape(silver, head.properties)
    for column in lacking_columns(silver, shape):
        if is_needed(column) or column.name in known:
            yield Drift(table, column.name, "gone")
