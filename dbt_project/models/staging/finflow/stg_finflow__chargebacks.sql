select
    chargeback_id,
    payment_id,
    reason,
    amount,
    currency,
    received_at
from {{ source('lake_silver', 'finflow__chargebacks') }}
