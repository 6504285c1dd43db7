"""Care as Dagster sees it: one asset for each layer, a job of its own, every night."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from contracts.errors import AtalayaError, PermanentError
from contracts.lakehouse import Layer, load_care
from contracts.settings import load_settings
from pipelines.lakehouse.care.care import Cared, care_for, tables_of
from pipelines.lakehouse.catalog import Lake, open_lake

# Left out of the jobs that make data: care makes none, and runs while nobody waits.
GROUP = "care"
_OWNER = "team:platform"


def _care_asset(layer: Layer) -> dg.AssetsDefinition:
    policy = load_care().layers[layer]
    kept = f"snapshots are kept for {policy.keep_snapshots} after another took their place"

    @dg.asset(
        key=dg.AssetKey([GROUP, layer]),
        group_name=GROUP,
        description=f"The {layer} tables, {'compacted; ' if policy.compact else ''}{kept}, lost files removed.",
        owners=[_OWNER],
        kinds={"iceberg"},
    )
    def care() -> dg.MaterializeResult[None]:
        with open_lake(load_settings()) as lake:
            done, failed = _care_for_each(lake, layer)
        if failed:
            raise PermanentError(f"Not all tables of {layer} could be cared for.", hint=" ".join(failed))
        return dg.MaterializeResult(metadata=dict(_told(done)))

    return care


def _care_for_each(lake: Lake, layer: Layer) -> tuple[dict[str, Cared], list[str]]:
    """One table's failure does not keep the others waiting."""
    done: dict[str, Cared] = {}
    failed: list[str] = []
    for name in tables_of(lake, layer):
        try:
            done[name] = care_for(lake, name, layer, load_care(), datetime.now(UTC))
        except (AtalayaError, OSError) as error:
            failed.append(f"{name}: {error}")
    return done, failed


def _told(done: dict[str, Cared]) -> Iterator[tuple[str, int | list[str]]]:
    cared = done.values()
    yield "tables", len(done)
    yield "files_compacted", sum(one.compacted.files_before for one in cared)
    yield "files_made_of_them", sum(one.compacted.files_after for one in cared)
    yield "left_for_the_next_run", [name for name, one in done.items() if one.compacted.left]
    yield "snapshots_expired", sum(one.expired_snapshots for one in cared)
    yield "orphans_removed", sum(one.removed.files for one in cared)
    yield "bytes_freed", sum(one.removed.bytes for one in cared)


care_job = dg.define_asset_job(
    "care",
    selection=dg.AssetSelection.groups(GROUP),
    description="Compaction, snapshot expiry and removal of lost files; safe beside landing and refresh.",
)

definitions = dg.Definitions(
    assets=[_care_asset(layer) for layer in load_care().layers],
    jobs=[care_job],
    schedules=[
        dg.ScheduleDefinition(job=care_job, cron_schedule="15 1 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
    ],
)
