select
    portfolio_id,
    trader_id,
    exchange,
    currency,
    starting_cash,
    cash,
    opened_at
from {{ source('lake_silver', 'stsa__portfolios') }}
