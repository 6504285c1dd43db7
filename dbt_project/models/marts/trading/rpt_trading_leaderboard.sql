select
    performance.exchange,
    rank() over (partition by performance.exchange order by performance.return_ratio desc) as rank,
    performance.portfolio_id,
    traders.alias,
    performance.return_ratio,
    performance.volatility_ratio,
    performance.max_drawdown_ratio,
    performance.sessions,
    performance.executions,
    performance.value_date
from {{ ref('rpt_portfolio_performance') }} as performance
inner join {{ ref('stg_stsa__traders') }} as traders on performance.trader_id = traders.trader_id
inner join {{ source('lake_silver', 'trading_exchanges') }} as exchanges
    on performance.exchange = exchanges.exchange and performance.sessions >= exchanges.minimum_sessions
where performance.executions > 0
