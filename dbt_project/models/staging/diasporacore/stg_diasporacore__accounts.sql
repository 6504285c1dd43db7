select
    account_id,
    user_id,
    tenant_id,
    currency,
    status,
    opened_at
from {{ source('lake_silver', 'diasporacore__accounts') }}
