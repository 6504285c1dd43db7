"""Time travel: which snapshot of a table was the current one at a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contracts.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from pyiceberg.table import Table


def parse_moment(text: str) -> datetime:
    """An instant as ISO 8601 with its offset: `2026-11-20T12:00:00Z`; raises InvalidInputError for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidInputError(f"{text!r} is no instant", field="as_of", hint="Write it as 2026-11-20T12:00:00Z.")
    return moment.astimezone(UTC)


def snapshot_at(table: Table, moment: datetime) -> int:
    """The id of the snapshot that readers saw at `moment`.

    Raises NotFoundError when there was none yet and when it has expired. Expiry takes entries out of the history, a
    tagged snapshot may stand before the gap: what follows it then has another parent, and what was current in between
    is unknown.
    """
    name = ".".join(table.name())
    at = int(moment.timestamp() * 1000)
    log = table.history()
    passed = [position for position, entry in enumerate(log) if entry.timestamp_ms <= at]
    if not passed:
        first = f"its first is of {_told(log[0].timestamp_ms)}" if log else "it was never written"
        raise NotFoundError(f"{name} has no snapshot as of {moment.isoformat()}: {first}.")
    snapshot_id = log[passed[-1]].snapshot_id
    following = table.snapshot_by_id(log[passed[-1] + 1].snapshot_id) if passed[-1] + 1 < len(log) else None
    is_kept = table.snapshot_by_id(snapshot_id) is not None
    if not is_kept or (following is not None and following.parent_snapshot_id != snapshot_id):
        raise NotFoundError(f"The snapshot of {name} as of {moment.isoformat()} has expired.")
    return snapshot_id


def _told(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
