select
    margin_call_id,
    position_id,
    resolution,
    called_at,
    resolved_at
from {{ source('lake_silver', 'caas__margin_calls') }}
