"""What a stack needs for a history of a size: more than a few hundred thousand movements want more than the defaults."""

from __future__ import annotations

from contracts.settings import Settings

# Up to here the defaults do, which fit a machine of 8 GiB.
_ROOMY_FROM = 300_000
# Of a million movements: the job's heap, and the log that PostgreSQL keeps for the slots while the warehouse is loaded.
_TASK_HEAP_MIB = 2048
_KEPT_WAL_MIB = 16 * 1024


def make_room(settings: Settings, size: str) -> Settings:
    """The settings with room for such a history; what was given generously already stays.

    Raises InvalidInputError for what is no size.
    """
    from sources.workload.sizes import parse_size

    if parse_size(size).movements < _ROOMY_FROM:
        return settings
    return settings.model_copy(
        update={
            "task_heap_mib": max(settings.task_heap_mib, _TASK_HEAP_MIB),
            "kept_wal_mib": max(settings.kept_wal_mib, _KEPT_WAL_MIB),
            "optimised_landing": True,
        }
    )
