select
    app,
    loan_id,
    instalment,
    due_date,
    due_amount,
    principal_amount,
    paid_amount
from {{ source('lake_silver', 'loan_instalments') }}
