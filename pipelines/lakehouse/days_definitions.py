"""The books of closed days as Dagster sees them: a daily partition in each jurisdiction's time zone."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from datetime import date

import dagster as dg

from contracts.jurisdictions import Jurisdiction, load_jurisdictions
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back, table_key
from pipelines.lakehouse.days import SOURCE, close_day, days_table
from pipelines.lakehouse.resource import LakeResource
from pipelines.links import table_links

# Left out of the jobs that bring everything up to date: they know no day.
GROUP = "days"
_FIRST = "2026-01-01"


def days_asset(jurisdiction: Jurisdiction) -> dg.AssetsDefinition:
    """One table for each jurisdiction; a backfill takes its days in one run."""

    @dg.asset(
        key=table_key(days_table(jurisdiction)),
        deps=[table_key(SOURCE)],
        group_name=GROUP,
        owners=["team:platform"],
        kinds={"iceberg", "duckdb"},
        metadata=table_links(days_table(jurisdiction)),
        description=f"What moved in {jurisdiction.name} on each of its days, by system, kind, status and currency.",
        partitions_def=dg.DailyPartitionsDefinition(_FIRST, timezone=jurisdiction.time_zone),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def days(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[None]:
        with retried_by_kind(context):
            refuse_held_back(context.instance, SOURCE)
            heads = [close_day(lake.lake, jurisdiction, date.fromisoformat(key)) for key in context.partition_keys]
        return dg.MaterializeResult(metadata={"snapshot_id": str(heads[-1].snapshot_id), "days": len(heads)})

    return days


def _definitions(jurisdiction: Jurisdiction) -> dg.Definitions:
    asset = days_asset(jurisdiction)
    job = dg.define_asset_job(
        f"close_of_day_{jurisdiction.jurisdiction.lower()}",
        selection=dg.AssetSelection.assets(asset),
        partitions_def=asset.partitions_def,
        description=f"The day of {jurisdiction.name} as it closed, in {jurisdiction.time_zone}.",
    )
    # Past the hourly refresh: what was committed in the day's last seconds is in silver by then.
    schedule = dg.build_schedule_from_partitioned_job(
        job, hour_of_day=0, minute_of_hour=40, default_status=dg.DefaultScheduleStatus.RUNNING
    )
    return dg.Definitions(assets=[asset], jobs=[job], schedules=[schedule])


definitions = dg.Definitions.merge(*map(_definitions, load_jurisdictions()))
