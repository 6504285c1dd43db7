"""The layer's assets and checks."""

import dagster as dg

from pipelines.models.allowance_assets import micro_loan_allowance
from pipelines.models.allowance_totals import allowance_by_stage
from pipelines.models.assets import fraud, micro_loan
from pipelines.models.monitoring import fraud_monitoring, micro_loan_monitoring

definitions = dg.Definitions(
    assets=[fraud, micro_loan, fraud_monitoring, micro_loan_monitoring, micro_loan_allowance, allowance_by_stage]
)
