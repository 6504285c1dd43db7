"""The layer's assets and checks."""

import dagster as dg

from pipelines.models.allowance_assets import micro_loan_allowance
from pipelines.models.assets import fraud, micro_loan
from pipelines.models.behaviour_assets import micro_loan_behaviour
from pipelines.models.monitoring import fraud_monitoring, micro_loan_behaviour_monitoring, micro_loan_monitoring

definitions = dg.Definitions(
    assets=[
        fraud,
        micro_loan,
        micro_loan_behaviour,
        fraud_monitoring,
        micro_loan_monitoring,
        micro_loan_behaviour_monitoring,
        micro_loan_allowance,
    ]
)
