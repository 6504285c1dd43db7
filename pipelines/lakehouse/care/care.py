"""One table's care: compaction, then expiry, then the files that nothing names any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyiceberg.exceptions import NoSuchNamespaceError

from contracts.lakehouse import CarePolicy, Layer
from pipelines.lakehouse.care.compaction import Compacted, compact
from pipelines.lakehouse.care.expiry import expire_snapshots
from pipelines.lakehouse.care.orphans import Removed, remove_orphans
from pipelines.lakehouse.catalog import Lake

_NOTHING = Compacted(files_before=0, files_after=0, rows=0)


@dataclass(frozen=True)
class Cared:
    """What was done for one table."""

    compacted: Compacted
    expired_snapshots: int
    removed: Removed


def tables_of(lake: Lake, layer: Layer) -> list[str]:
    """The full names of a layer's tables, none before the first was made."""
    try:
        return sorted(".".join(identifier) for identifier in lake.catalog.list_tables(layer))
    except NoSuchNamespaceError:
        return []


def care_for(lake: Lake, name: str, layer: Layer, policy: CarePolicy, now: datetime) -> Cared:
    """Look after one table; it may be read and appended to meanwhile. Raises NoSuchTableError without it."""
    table = lake.catalog.load_table(name)
    compacted = compact(table, policy.compaction) if policy.layers[layer].compact else _NOTHING
    expired = expire_snapshots(table, policy.layers[layer].keep_snapshots, now)
    removed = remove_orphans(table, policy.orphan_age, now)
    return Cared(compacted, expired, removed)
