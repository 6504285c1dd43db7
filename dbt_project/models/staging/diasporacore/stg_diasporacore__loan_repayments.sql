select
    loan_id,
    instalment,
    due_date,
    due_amount,
    paid_amount,
    paid_at
from {{ source('lake_silver', 'diasporacore__loan_repayments') }}
