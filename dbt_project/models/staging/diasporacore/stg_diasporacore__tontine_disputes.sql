select
    tenant_id,
    dispute_id,
    group_id,
    round,
    about_id,
    reason,
    status,
    outcome,
    opened_at,
    resolved_at
from {{ source('lake_silver', 'diasporacore__tontine_disputes') }}
