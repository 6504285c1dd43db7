select
    tenant_id,
    quote_id,
    user_id,
    corridor,
    from_currency,
    to_currency,
    reference_rate,
    spread_pct,
    fx_rate,
    quoted_at,
    expires_at
from {{ source('lake_silver', 'diasporacore__fx_quotes') }}
