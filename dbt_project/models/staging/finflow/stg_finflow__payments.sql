select
    payment_id,
    tenant_id,
    customer_id,
    processor,
    channel,
    amount,
    fee_amount,
    currency,
    status,
    failure_code,
    occurred_at
from {{ source('lake_silver', 'finflow__payments') }}
