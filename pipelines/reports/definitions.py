"""The layer's assets, checks and schedules."""

import dagster as dg

from pipelines.reports import assets

definitions = dg.load_definitions_from_module(assets)
