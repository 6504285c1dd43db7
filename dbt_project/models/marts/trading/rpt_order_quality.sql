with executed as (
    select
        executions.order_id,
        sum(executions.quantity * orders.quoted_price) as quoted_amount,
        sum(executions.signed_quantity * (executions.price - orders.quoted_price)) as slippage_amount
    from {{ ref('int_trading_executions') }} as executions
    inner join {{ ref('stg_stsa__orders') }} as orders on executions.order_id = orders.order_id
    group by executions.order_id
)

select
    (orders.placed_at at time zone exchanges.time_zone)::date as placed_date,
    portfolios.exchange,
    orders.currency,
    orders.order_type,
    count(*) as orders,
    count(*) filter (where orders.status = 'filled') as filled_orders,
    count(*) filter (where orders.filled_quantity between 1 and orders.quantity - 1) as partially_filled_orders,
    count(*) filter (where orders.status = 'rejected') as rejected_orders,
    count(*) filter (where orders.status = 'cancelled') as cancelled_orders,
    count(*) filter (where orders.status = 'expired') as expired_orders,
    coalesce(sum(orders.quantity) filter (where orders.status <> 'rejected'), 0)::bigint as ordered_quantity,
    sum(orders.filled_quantity)::bigint as filled_quantity,
    (
        sum(orders.filled_quantity)::numeric
        / nullif(sum(orders.quantity) filter (where orders.status <> 'rejected'), 0)
    )::numeric(9, 8) as fill_ratio,
    coalesce(sum(executed.quoted_amount), 0)::numeric(18, 2) as quoted_amount,
    coalesce(sum(executed.slippage_amount), 0)::numeric(18, 2) as slippage_amount,
    (sum(executed.slippage_amount) / nullif(sum(executed.quoted_amount), 0))::numeric(18, 8) as slippage_ratio
from {{ ref('stg_stsa__orders') }} as orders
inner join {{ ref('stg_stsa__portfolios') }} as portfolios on orders.portfolio_id = portfolios.portfolio_id
inner join {{ source('lake_silver', 'trading_exchanges') }} as exchanges on portfolios.exchange = exchanges.exchange
left join executed on orders.order_id = executed.order_id
group by 1, 2, 3, 4
