select
    provider_id,
    checked_at,
    is_healthy,
    latency_ms,
    breaker
from {{ source('lake_silver', 'caas__provider_health') }}
