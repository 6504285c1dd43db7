select
    tenant_id,
    group_id,
    organiser_id,
    rhythm,
    contribution_amount,
    currency,
    rounds,
    first_due_date,
    status,
    created_at
from {{ source('lake_silver', 'diasporacore__tontine_groups') }}
