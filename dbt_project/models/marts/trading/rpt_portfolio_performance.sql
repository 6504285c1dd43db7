with profits as (
    select
        portfolio_id,
        sum(executions)::bigint as executions,
        sum(realised_amount) as realised_amount,
        sum(unrealised_amount) as unrealised_amount
    from {{ ref('fct_trading_positions') }}
    group by portfolio_id
),

days as (
    select
        portfolio_id,
        count(*) as sessions,
        max(value_date) as value_date,
        stddev_samp(return_ratio) as daily_deviation,
        max(drawdown_ratio) as max_drawdown_ratio
    from {{ ref('fct_portfolio_days') }}
    group by portfolio_id
)

select
    portfolios.portfolio_id,
    portfolios.trader_id,
    portfolios.exchange,
    portfolios.currency,
    portfolios.starting_cash,
    days.sessions,
    days.value_date,
    last_days.portfolio_value,
    coalesce(profits.executions, 0) as executions,
    coalesce(profits.realised_amount, 0)::numeric(18, 2) as realised_amount,
    coalesce(profits.unrealised_amount, 0)::numeric(18, 2) as unrealised_amount,
    (last_days.portfolio_value / portfolios.starting_cash - 1)::numeric(18, 8) as return_ratio,
    (days.daily_deviation * sqrt(exchanges.sessions_a_year::numeric))::numeric(18, 8) as volatility_ratio,
    days.max_drawdown_ratio
from {{ ref('stg_stsa__portfolios') }} as portfolios
inner join days on portfolios.portfolio_id = days.portfolio_id
inner join {{ ref('fct_portfolio_days') }} as last_days
    on portfolios.portfolio_id = last_days.portfolio_id and days.value_date = last_days.value_date
inner join {{ source('lake_silver', 'trading_exchanges') }} as exchanges on portfolios.exchange = exchanges.exchange
left join profits on portfolios.portfolio_id = profits.portfolio_id
