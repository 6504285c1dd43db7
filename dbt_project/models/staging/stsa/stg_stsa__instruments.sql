select
    instrument_id,
    symbol,
    issuer,
    exchange,
    kind,
    currency
from {{ source('lake_silver', 'stsa__instruments') }}
