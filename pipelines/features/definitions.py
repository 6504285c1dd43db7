"""The layer's assets and checks."""

import dagster as dg

from pipelines.features.assets import account_activity, transaction_activity

definitions = dg.Definitions(assets=[transaction_activity, account_activity])
