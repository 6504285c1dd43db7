select
    provider_id,
    name,
    kind,
    jurisdiction,
    is_secured,
    status
from {{ source('lake_silver', 'caas__providers') }}
