select
    user_id,
    tenant_id,
    country,
    origin_country,
    kyc_tier,
    registered_at
from {{ source('lake_silver', 'diasporacore__users') }}
