with latest_books as (
    select distinct on (portfolio_id, instrument_id)
        portfolio_id,
        instrument_id,
        sequence as executions,
        quantity,
        cost_amount
    from {{ ref('int_trading_books') }}
    order by portfolio_id asc, instrument_id asc, sequence desc
),

realised as (
    select
        portfolio_id,
        instrument_id,
        sum(realised_amount) as realised_amount
    from {{ ref('int_trading_books') }}
    group by portfolio_id, instrument_id
),

latest_prices as (
    select distinct on (instrument_id)
        instrument_id,
        price_date,
        close_price
    from {{ ref('stg_stsa__historical_prices') }}
    order by instrument_id asc, price_date desc
)

select
    latest_books.portfolio_id,
    latest_books.instrument_id,
    instruments.exchange,
    instruments.currency,
    latest_books.executions,
    latest_books.quantity,
    latest_books.cost_amount,
    (latest_books.cost_amount / nullif(latest_books.quantity, 0))::numeric(18, 8) as average_cost,
    prices.price_date,
    prices.close_price as market_price,
    (latest_books.quantity * prices.close_price)::numeric(18, 2) as market_value,
    (latest_books.quantity * prices.close_price - latest_books.cost_amount)::numeric(18, 2) as unrealised_amount,
    realised.realised_amount::numeric(18, 2) as realised_amount
from latest_books
inner join realised
    on latest_books.portfolio_id = realised.portfolio_id and latest_books.instrument_id = realised.instrument_id
inner join {{ ref('stg_stsa__instruments') }} as instruments on latest_books.instrument_id = instruments.instrument_id
inner join latest_prices as prices on latest_books.instrument_id = prices.instrument_id
