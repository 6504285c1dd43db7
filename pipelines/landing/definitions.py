"""Landing's assets: bronze is written by Kafka Connect, so Dagster observes it and never runs it."""

from collections.abc import Iterator

import dagster as dg

from contracts.settings import load_settings
from contracts.tables import load_tables
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.landing.configurations import EVENTS_TABLE
from pipelines.landing.housekeeping import clean_outboxes_job, clean_outboxes_schedule

OWNER = "team:platform"


def bronze_key(table: str) -> dg.AssetKey:
    """The asset of a bronze table: `bronze.events` is ['bronze', 'events']."""
    return dg.AssetKey(table.split("."))


_SPECS = [
    *(
        dg.AssetSpec(
            bronze_key(table.bronze),
            description=f"Raw row changes of {table.schema_name}.{table.name}, append-only.",
            group_name="landing",
            owners=[OWNER],
            kinds={"iceberg", "kafka"},
        )
        for table in load_tables()
    ),
    dg.AssetSpec(
        bronze_key(EVENTS_TABLE),
        description="Every event as it came, with its place in Kafka, append-only.",
        group_name="landing",
        owners=[OWNER],
        kinds={"iceberg", "kafka"},
    ),
]


@dg.multi_observable_source_asset(name="observe_bronze", specs=_SPECS, can_subset=True)  # type: ignore[untyped-decorator]
def observe_bronze(context: dg.AssetExecutionContext) -> Iterator[dg.ObserveResult]:
    """The current snapshot of each bronze table, which is also its data version."""
    with open_lake(load_settings()) as lake:
        for key in sorted(context.selected_asset_keys):
            yield from _observe(lake, key)


def _observe(lake: Lake, key: dg.AssetKey) -> Iterator[dg.ObserveResult]:
    table = lake.find(".".join(key.path))
    snapshot = table.current_snapshot() if table else None
    if snapshot is None or snapshot.summary is None:
        return
    yield dg.ObserveResult(
        asset_key=key,
        data_version=dg.DataVersion(str(snapshot.snapshot_id)),
        metadata={
            "rows": int(snapshot.summary["total-records"] or 0),
            "committed_at": dg.MetadataValue.timestamp(snapshot.timestamp_ms / 1000),
        },
    )


definitions = dg.Definitions(
    assets=[observe_bronze],
    jobs=[
        dg.define_asset_job("observe_landing", selection=dg.AssetSelection.assets(observe_bronze)),
        clean_outboxes_job,
    ],
    schedules=[
        clean_outboxes_schedule,
        dg.ScheduleDefinition(
            job_name="observe_landing",
            name="observe_landing_schedule",
            cron_schedule="*/15 * * * *",
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
    ],
)
