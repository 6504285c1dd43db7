"""The platform as Dagster sees it: every layer's assets, checks and schedules, and the jobs across them."""

from importlib import import_module

import dagster as dg

from pipelines.lakehouse.care.definitions import GROUP as CARE

# One package for each layer; its `definitions` module offers `definitions`.
LAYERS = ("landing", "lakehouse", "lakehouse.drift", "lakehouse.care", "warehouse", "features", "models", "reports")

main_line = dg.define_asset_job(
    "main_line",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(CARE),
    description="Everything that is not live, in its order: silver, checks, features, models, marts, reports.",
)
refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.groups("silver", "lake_silver", "staging", "intermediate", "marts", "reports"),
    description="What pages and regulators read: silver, marts and reports, without training.",
)

definitions = dg.Definitions.merge(
    *(import_module(f"pipelines.{layer}.definitions").definitions for layer in LAYERS),
    dg.Definitions(
        jobs=[main_line, refresh],
        # They run wherever Dagster's daemon does, without anybody turning them on. The refresh comes past the hour: what
        # was committed in the last seconds of a report's window has landed by then.
        schedules=[
            dg.ScheduleDefinition(job=job, cron_schedule=cron, default_status=dg.DefaultScheduleStatus.RUNNING)
            for job, cron in ((refresh, "10 * * * *"), (main_line, "30 2 * * *"))
        ],
        # One process: the heavy imports are paid once for a run.
        executor=dg.in_process_executor,
    ),
)
