select
    trader_id,
    alias,
    country,
    registered_at
from {{ source('lake_silver', 'stsa__traders') }}
