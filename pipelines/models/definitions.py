"""The layer's assets and checks."""

import dagster as dg

from pipelines.models.allowance_assets import ALLOWANCES
from pipelines.models.allowance_totals import allowance_by_stage
from pipelines.models.assets import CARDS, fraud
from pipelines.models.behaviour_assets import BEHAVIOUR_CARDS
from pipelines.models.monitoring import MONITORING
from pipelines.models.score_assets import SCORES

definitions = dg.Definitions(
    assets=[
        fraud,
        *CARDS.values(),
        *BEHAVIOUR_CARDS.values(),
        *SCORES.values(),
        *MONITORING.values(),
        *ALLOWANCES.values(),
        allowance_by_stage,
    ]
)
