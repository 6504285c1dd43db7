"""The layer's assets, checks and schedules."""

import dagster as dg

from pipelines.reports.assets import eftr_schedule, fintrac_eftr, silver_covers_closed_windows

definitions = dg.Definitions(
    assets=[fintrac_eftr], asset_checks=[silver_covers_closed_windows], schedules=[eftr_schedule]
)
