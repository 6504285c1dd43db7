"""The layer's assets and checks."""

import dagster as dg

from pipelines.models.assets import fraud, micro_loan

definitions = dg.Definitions(assets=[fraud, micro_loan])
