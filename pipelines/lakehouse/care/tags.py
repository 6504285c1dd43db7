"""Tags: the snapshots that a model or a filed report was made from stay readable for as long as the tag stands."""

from __future__ import annotations

import time
from collections.abc import Mapping

from pyiceberg.exceptions import CommitFailedException

from contracts.errors import NotFoundError, TransientError
from pipelines.lakehouse.catalog import Lake

_ATTEMPTS = 5
_WAIT_SECONDS = 0.2


def tag_snapshots(lake: Lake, snapshots: Mapping[str, int | str], tag: str) -> None:
    """Name the snapshot of each table; naming the same again changes nothing.

    Raises NotFoundError when a table or its snapshot is gone, TransientError when other writers were faster each time.
    """
    for name, snapshot_id in snapshots.items():
        _tag(lake, name, int(snapshot_id), tag)


def _tag(lake: Lake, name: str, snapshot_id: int, tag: str) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        table = lake.find(name)
        if table is None or table.snapshot_by_id(snapshot_id) is None:
            raise NotFoundError(f"{name} has no snapshot {snapshot_id} that {tag!r} could keep.")
        standing = table.refs().get(tag)
        if standing is not None and standing.snapshot_id == snapshot_id:
            return
        try:
            table.manage_snapshots().create_tag(snapshot_id, tag).commit()
        except CommitFailedException:
            time.sleep(_WAIT_SECONDS * attempt)
        else:
            return
    raise TransientError(f"{name} was written at each of {_ATTEMPTS} attempts to tag it with {tag!r}.")
