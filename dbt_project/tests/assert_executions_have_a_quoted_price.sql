{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'rpt_order_quality'}}}) }}
-- Nobody buys or sells at a price that was not quoted. A warning, like that of the portfolios.
select
    executions.execution_id,
    executions.price,
    quotes.bid_price,
    quotes.ask_price
from {{ ref('stg_stsa__order_executions') }} as executions
inner join {{ ref('stg_stsa__orders') }} as orders on executions.order_id = orders.order_id
left join {{ ref('stg_stsa__quotes') }} as quotes on executions.quote_id = quotes.quote_id
where executions.price is distinct from case orders.side when 'buy' then quotes.ask_price else quotes.bid_price end
