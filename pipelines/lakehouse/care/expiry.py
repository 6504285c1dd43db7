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

# A commit has to be done before the sink's next one, and pyiceberg's takes longer with the square of the count.
_BATCH = 500
_ATTEMPTS = 5

_log = logging.getLogger(__name__)

# The sink looks for its progress in the newest snapshot that carries it, walking from the current one to its parents;
# a walk that breaks off means to it that nothing was ever committed, and it would commit again (Coordinator.java,
# lastCommittedOffsetsForTable, Iceberg 1.12).
_SINK_OFFSETS = "kafka.connect.offsets."


def expire_snapshots(table: Table, keep: timedelta, now: datetime) -> int:
    """Forget the snapshots that may go; how many. Their files stay until they are found as orphans.

    What other writers do not let through is left for the next run.
    """
    expired, refused = 0, 0
    while refused < _ATTEMPTS and (ids := expirable(table.metadata, keep, now)[:_BATCH]):
        try:
            _forget(table, ids)
        except CommitFailedException as error:
            refused += 1
            _log.info("Expiry of %s was outrun %s times: %s", ".".join(table.name()), refused, error)
            table.refresh()
        else:
            expired, refused = expired + len(ids), 0
    return expired


def _forget(table: Table, ids: list[int]) -> None:
    expiry = table.maintenance.expire_snapshots()
    # What `by_ids` does, which goes through all snapshots anew for each of them: 15 s for 400, hours for a day's.
    expiry._snapshot_ids_to_expire.update(ids)  # noqa: SLF001
    expiry.commit()


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
