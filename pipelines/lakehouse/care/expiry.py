"""Snapshot expiry: what was superseded longer ago than its layer's age goes, what somebody cites stays."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

_log = logging.getLogger(__name__)

# The sink looks for its progress in the newest snapshot that carries it, walking from the current one to its parents;
# a walk that breaks off means to it that nothing was ever committed, and it would commit again (Coordinator.java,
# lastCommittedOffsetsForTable, Iceberg 1.12).
_SINK_OFFSETS = "kafka.connect.offsets."


def expire_snapshots(table: Table, keep: timedelta, now: datetime) -> int:
    """Forget the snapshots that may go; how many. Their files stay until they are found as orphans.

    A conflict with another writer leaves them all for the next run.
    """
    ids = expirable(table.metadata, keep, now)
    if not ids:
        return 0
    try:
        table.maintenance.expire_snapshots().by_ids(ids).commit()
    except CommitFailedException as error:
        _log.info("Expiry of %s is left for the next run: %s", ".".join(table.name()), error)
        table.refresh()
        return 0
    return len(ids)


def expirable(metadata: TableMetadata, keep: timedelta, now: datetime) -> list[int]:
    """Ids of the snapshots that another one superseded more than `keep` before `now`, oldest first.

    Never among them: the current snapshot, what a branch or tag names, and the ancestors by which the sink finds how
    far it has committed. A snapshot that was never current counts from its own commit.
    """
    before = int((now - keep).timestamp() * 1000)
    superseded = {this.snapshot_id: following.timestamp_ms for this, following in pairwise(metadata.snapshot_log)}
    kept = {reference.snapshot_id for reference in metadata.refs.values()}
    kept |= {snapshot.snapshot_id for snapshot in _sink_progress(metadata)}
    return [
        snapshot.snapshot_id
        for snapshot in sorted(metadata.snapshots, key=lambda snapshot: snapshot.timestamp_ms)
        if snapshot.snapshot_id not in kept and superseded.get(snapshot.snapshot_id, snapshot.timestamp_ms) < before
    ]


def _sink_progress(metadata: TableMetadata) -> Iterator[Snapshot]:
    """The current snapshot and its ancestors, up to the first that carries the sink's offsets; none without a sink."""
    chain: list[Snapshot] = []
    snapshot = metadata.current_snapshot()
    while snapshot is not None:
        chain.append(snapshot)
        properties = snapshot.summary.additional_properties if snapshot.summary else {}
        if any(name.startswith(_SINK_OFFSETS) for name in properties):
            yield from chain
            return
        parent = snapshot.parent_snapshot_id
        snapshot = metadata.snapshot_by_id(parent) if parent is not None else None
