select
    tenant_id,
    group_id,
    user_id,
    payout_round,
    status,
    joined_at
from {{ source('lake_silver', 'diasporacore__tontine_members') }}
