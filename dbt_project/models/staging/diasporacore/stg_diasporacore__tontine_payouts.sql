select
    tenant_id,
    payout_id,
    group_id,
    round,
    user_id,
    due_date,
    expected_amount,
    amount,
    currency,
    status,
    completed_at
from {{ source('lake_silver', 'diasporacore__tontine_payouts') }}
