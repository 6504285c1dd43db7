select
    asset,
    priced_at,
    price
from {{ source('lake_silver', 'caas__collateral_prices') }}
