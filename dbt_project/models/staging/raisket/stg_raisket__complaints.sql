select
    complaint_id,
    user_id,
    product_id,
    loan_id,
    kind,
    cause,
    medium,
    status,
    answer,
    received_at,
    resolved_at
from {{ source('lake_silver', 'raisket__complaints') }}
