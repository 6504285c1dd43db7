select
    provider_id,
    name,
    kind,
    jurisdiction,
    is_secured
from {{ source('lake_silver', 'caas__providers') }}
