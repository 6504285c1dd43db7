"""The layer's assets, checks and schedules."""

import dagster as dg

from pipelines.reports.assets import eftr_schedule, fintrac_eftr

definitions = dg.Definitions(assets=[fintrac_eftr], schedules=[eftr_schedule])
