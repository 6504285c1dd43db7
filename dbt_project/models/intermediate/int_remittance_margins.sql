-- What each remittance earns: its fee, and the corridor's spread on the exchange.
select
    orders.remittance_order_id,
    orders.tenant_id,
    orders.user_id,
    orders.corridor,
    orders.amount,
    orders.currency,
    orders.payout_amount,
    orders.payout_currency,
    orders.fee_amount,
    orders.purpose,
    orders.status,
    orders.created_at,
    orders.completed_at,
    round(orders.amount * corridors.spread_pct / 100, 2)::numeric(18, 2) as spread_amount,
    extract(epoch from orders.completed_at - orders.created_at)::bigint as delivery_seconds,
    rates.usd_per_unit
from {{ ref('stg_diasporacore__remittance_orders') }} as orders
inner join {{ ref('stg_diasporacore__remittance_corridors') }} as corridors on orders.corridor = corridors.corridor
inner join {{ ref('stg_platform__rates') }} as rates
    on
        orders.currency = rates.currency
        and rates.valid_from <= {{ utc_date('orders.created_at') }}
        and {{ utc_date('orders.created_at') }} < rates.valid_before
