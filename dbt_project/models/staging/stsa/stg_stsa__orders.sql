select
    order_id,
    portfolio_id,
    instrument_id,
    side,
    order_type,
    time_in_force,
    quantity,
    filled_quantity,
    limit_price,
    quoted_price,
    currency,
    status,
    reject_reason,
    copied_order_id,
    placed_at,
    closed_at
from {{ source('lake_silver', 'stsa__orders') }}
