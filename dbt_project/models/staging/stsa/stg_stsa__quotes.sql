select
    quote_id,
    instrument_id,
    bid_price,
    ask_price,
    quoted_at
from {{ source('lake_silver', 'stsa__quotes') }}
