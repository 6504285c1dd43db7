"""The layer's assets and checks."""

import dagster as dg

from pipelines.features.assets import feast, transaction_activity

definitions = dg.Definitions(assets=[transaction_activity, feast])
