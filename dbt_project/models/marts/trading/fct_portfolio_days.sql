with sessions as (
    select distinct
        instruments.exchange,
        prices.price_date
    from {{ ref('stg_stsa__historical_prices') }} as prices
    inner join {{ ref('stg_stsa__instruments') }} as instruments on prices.instrument_id = instruments.instrument_id
),

-- An instrument without a price on a session keeps its last one.
closes as (
    select
        instruments.instrument_id,
        sessions.price_date,
        (
            select prices.close_price from {{ ref('stg_stsa__historical_prices') }} as prices
            where prices.instrument_id = instruments.instrument_id and prices.price_date <= sessions.price_date
            order by prices.price_date desc
            limit 1
        ) as close_price
    from {{ ref('stg_stsa__instruments') }} as instruments
    inner join sessions on instruments.exchange = sessions.exchange
),

day_trades as (
    select
        portfolio_id,
        instrument_id,
        trade_date,
        sum(signed_quantity) as signed_quantity,
        sum(signed_quantity * price + fee_amount) as paid
    from {{ ref('int_trading_executions') }}
    group by portfolio_id, instrument_id, trade_date
),

holdings as (
    select
        portfolio_id,
        instrument_id,
        trade_date as held_from,
        sum(signed_quantity) over held as quantity,
        lead(trade_date, 1, 'infinity'::date) over held as held_before
    from day_trades
    window held as (partition by portfolio_id, instrument_id order by trade_date)
),

market_values as (
    select
        holdings.portfolio_id,
        closes.price_date,
        sum(holdings.quantity * closes.close_price) as market_value
    from holdings
    inner join closes
        on
            holdings.instrument_id = closes.instrument_id
            and holdings.held_from <= closes.price_date
            and holdings.held_before > closes.price_date
    where holdings.quantity <> 0
    group by holdings.portfolio_id, closes.price_date
),

payments as (
    select
        portfolio_id,
        trade_date,
        sum(paid) as paid
    from day_trades
    group by portfolio_id, trade_date
),

days as (
    select
        portfolios.portfolio_id,
        portfolios.currency,
        portfolios.starting_cash,
        sessions.price_date as value_date,
        coalesce(market_values.market_value, 0) as market_value,
        portfolios.starting_cash - sum(coalesce(payments.paid, 0)) over (
            partition by portfolios.portfolio_id order by sessions.price_date
        ) as cash
    from {{ ref('stg_stsa__portfolios') }} as portfolios
    inner join {{ source('lake_silver', 'trading_exchanges') }} as exchanges
        on portfolios.exchange = exchanges.exchange
    inner join sessions
        on
            portfolios.exchange = sessions.exchange
            and sessions.price_date >= (portfolios.opened_at at time zone exchanges.time_zone)::date
    left join payments
        on portfolios.portfolio_id = payments.portfolio_id and sessions.price_date = payments.trade_date
    left join market_values
        on portfolios.portfolio_id = market_values.portfolio_id and sessions.price_date = market_values.price_date
),

valued as (
    select
        portfolio_id,
        currency,
        value_date,
        cash,
        market_value,
        cash + market_value as portfolio_value,
        lag(cash + market_value, 1, starting_cash) over by_day as previous_value,
        greatest(starting_cash, max(cash + market_value) over by_day) as peak_value
    from days
    window by_day as (partition by portfolio_id order by value_date)
)

select
    portfolio_id,
    value_date,
    currency,
    cash::numeric(18, 2) as cash,
    market_value::numeric(18, 2) as market_value,
    portfolio_value::numeric(18, 2) as portfolio_value,
    (portfolio_value / previous_value - 1)::numeric(18, 8) as return_ratio,
    (1 - portfolio_value / peak_value)::numeric(18, 8) as drawdown_ratio
from valued
