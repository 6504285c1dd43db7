-- Executions with their order, numbered within each position; a day is that of the exchange.
select
    executions.execution_id,
    executions.order_id,
    orders.portfolio_id,
    orders.instrument_id,
    orders.side,
    executions.quantity,
    executions.price,
    executions.fee_amount,
    executions.currency,
    executions.executed_at,
    case orders.side when 'buy' then executions.quantity else -executions.quantity end as signed_quantity,
    (executions.executed_at at time zone exchanges.time_zone)::date as trade_date,
    row_number() over (
        partition by orders.portfolio_id, orders.instrument_id
        order by executions.executed_at, executions.execution_id
    ) as sequence
from {{ ref('stg_stsa__order_executions') }} as executions
inner join {{ ref('stg_stsa__orders') }} as orders on executions.order_id = orders.order_id
inner join {{ ref('stg_stsa__instruments') }} as instruments on orders.instrument_id = instruments.instrument_id
inner join {{ source('lake_silver', 'trading_exchanges') }} as exchanges on instruments.exchange = exchanges.exchange
