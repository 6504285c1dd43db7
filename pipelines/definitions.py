"""The platform as Dagster sees it: every layer's assets, checks and schedules, and the jobs across them."""

import hashlib
import json
from importlib import import_module

import dagster as dg

from contracts.settings import load_settings
from pipelines.lakehouse.care.definitions import GROUP as CARE
from pipelines.lakehouse.catalog import open_lake
from pipelines.lakehouse.days_definitions import GROUP as DAYS
from pipelines.lakehouse.days_definitions import definitions as days
from pipelines.lakehouse.specification import load_silver
from pipelines.warehouse.publish import GROUP as PUBLISHED

# One package for each layer; its `definitions` module offers `definitions`.
LAYERS = ("landing", "lakehouse", "lakehouse.care", "warehouse", "features", "models", "reports")

main_line = dg.define_asset_job(
    "main_line",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(CARE, DAYS),
    description="Everything that is not live, in its order: silver, checks, features, models, marts, reports.",
)
refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.groups(
        "silver", "lake_silver", "staging", "intermediate", "marts", PUBLISHED, "reports"
    ),
    description="What pages, the API and regulators read: silver, marts and reports, without training.",
)


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=60,
    # Turned on where a run may begin at any time; beside the demo's own runs it would take their place in the queue.
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Begins a refresh when bronze has snapshots that silver has not seen; one query tells.",
)
def new_bronze_snapshots(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """The cursor is what bronze looked like when a run was last asked for."""
    with open_lake(load_settings()) as lake:
        heads = lake.heads({table.bronze for table in load_silver()})
    seen = json.dumps({name: heads[name].snapshot_id for name in sorted(heads)})
    if seen == (context.cursor or "{}"):
        return dg.SkipReason("Bronze has no new snapshot.")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=hashlib.sha256(seen.encode()).hexdigest())], cursor=seen)


definitions = dg.Definitions.merge(
    *(import_module(f"pipelines.{layer}.definitions").definitions for layer in LAYERS),
    days,
    dg.Definitions(
        jobs=[main_line, refresh],
        # They run wherever Dagster's daemon does, without anybody turning them on. The refresh comes past the hour: what
        # was committed in the last seconds of a report's window has landed by then.
        schedules=[
            *(
                dg.ScheduleDefinition(job=job, cron_schedule=cron, default_status=dg.DefaultScheduleStatus.RUNNING)
                for job, cron in ((refresh, "10 * * * *"), (main_line, "30 2 * * *"))
            ),
        ],
        sensors=[new_bronze_snapshots],
        # One process: the heavy imports are paid once for a run.
        executor=dg.in_process_executor,
    ),
)
