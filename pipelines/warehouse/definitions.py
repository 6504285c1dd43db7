"""The warehouse's assets."""

import dagster as dg

definitions = dg.Definitions()
