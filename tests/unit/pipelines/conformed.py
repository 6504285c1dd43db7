"""A canonical table with all that it is made from, and nothing else: the other tables have no part in a test of it."""

from __future__ import annotations

from contracts.canonical import load_canonical
from pipelines.lakehouse.canonical import canonical_inputs, refresh_canonical
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver


def conform(lake: Lake, table: str) -> None:
    """Refresh a canonical table by its full name, inputs first, and make it readable."""
    _conform(lake, table)
    lake.attach(table)


def _conform(lake: Lake, table: str) -> None:
    canonical = next((one for one in load_canonical() if one.silver == table), None)
    if canonical is None:
        refresh(lake, find_silver(table))
        return
    for name in canonical_inputs(canonical):
        _conform(lake, name)
    refresh_canonical(lake, canonical)
