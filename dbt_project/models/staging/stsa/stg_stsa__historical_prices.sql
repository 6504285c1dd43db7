select
    instrument_id,
    price_date,
    open_price,
    high_price,
    low_price,
    close_price,
    updated_at
from {{ source('lake_silver', 'stsa__historical_prices') }}
