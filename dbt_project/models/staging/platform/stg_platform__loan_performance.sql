select
    app,
    loan_id,
    month,
    months_on_book,
    currency,
    paid_total,
    past_due_amount,
    days_past_due
from {{ source('lake_silver', 'loan_performance') }}
