select
    portfolio_id,
    instrument_id,
    quantity,
    opened_at,
    updated_at
from {{ source('lake_silver', 'stsa__positions') }}
