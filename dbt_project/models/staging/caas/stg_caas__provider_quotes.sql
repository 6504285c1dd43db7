select
    quote_id,
    request_id,
    provider_id,
    outcome,
    latency_ms,
    apr_pct,
    amount,
    sent_at,
    responded_at
from {{ source('lake_silver', 'caas__provider_quotes') }}
