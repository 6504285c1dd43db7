select
    remittance_order_id,
    tenant_id,
    user_id,
    account_id,
    corridor,
    amount,
    currency,
    fx_rate,
    payout_amount,
    payout_currency,
    fee_amount,
    purpose,
    status,
    created_at,
    completed_at
from {{ source('lake_silver', 'diasporacore__remittance_orders') }}
