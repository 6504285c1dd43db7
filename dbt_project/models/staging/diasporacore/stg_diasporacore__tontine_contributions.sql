select
    tenant_id,
    group_id,
    round,
    user_id,
    due_date,
    amount,
    currency,
    status,
    paid_at
from {{ source('lake_silver', 'diasporacore__tontine_contributions') }}
