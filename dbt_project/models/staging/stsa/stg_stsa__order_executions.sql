select
    execution_id,
    order_id,
    quote_id,
    quantity,
    price,
    fee_amount,
    currency,
    executed_at
from {{ source('lake_silver', 'stsa__order_executions') }}
