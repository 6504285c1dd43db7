select
    loan_id,
    instalment,
    principal_amount,
    paid_amount
from {{ source('lake_silver', 'caas__loan_repayments') }}
