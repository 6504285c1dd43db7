with orders as (
    select
        *,
        date_trunc('month', {{ utc_date('created_at') }})::date as order_month,
        {{ usd_minor('amount', 'minor_per_unit', 'usd_cents_per_minor') }} as amount_usd_minor,
        {{ usd_minor('fee_amount', 'minor_per_unit', 'usd_cents_per_minor') }} as fee_usd_minor,
        {{ usd_minor('spread_amount', 'minor_per_unit', 'usd_cents_per_minor') }} as spread_usd_minor
    from {{ ref('int_remittance_margins') }}
    where partner_id is not null
),

earned as (
    select
        order_month,
        corridor,
        partner_id,
        count(*) as orders,
        count(*) filter (where status = 'cancelled') as cancelled_orders,
        count(delivery_seconds) as delivered_orders,
        coalesce(sum(amount_usd_minor) filter (where status <> 'cancelled'), 0) as amount_usd_minor,
        coalesce(sum(fee_usd_minor) filter (where status <> 'cancelled'), 0) as fee_usd_minor,
        coalesce(sum(spread_usd_minor) filter (where status <> 'cancelled'), 0) as spread_usd_minor,
        coalesce(sum(partner_cost_usd_minor) filter (where status <> 'cancelled'), 0) as partner_cost_usd_minor,
        percentile_cont(0.5) within group (order by delivery_seconds) as median_delivery_seconds,
        percentile_cont(0.95) within group (order by delivery_seconds) as p95_delivery_seconds,
        count(*) filter (where is_within_promise) as within_promise
    from orders
    group by order_month, corridor, partner_id
)

select
    earned.order_month,
    earned.corridor,
    earned.partner_id,
    partners.name as partner_name,
    partners.payout_method,
    earned.orders,
    earned.cancelled_orders,
    earned.delivered_orders,
    earned.amount_usd_minor::bigint as amount_usd_minor,
    earned.fee_usd_minor::bigint as fee_usd_minor,
    earned.spread_usd_minor::bigint as spread_usd_minor,
    earned.partner_cost_usd_minor::bigint as partner_cost_usd_minor,
    (earned.fee_usd_minor + earned.spread_usd_minor - earned.partner_cost_usd_minor)::bigint as margin_usd_minor,
    earned.median_delivery_seconds,
    earned.p95_delivery_seconds,
    (earned.within_promise::numeric / nullif(earned.delivered_orders, 0))::numeric(5, 4) as within_promise_ratio
from earned
inner join {{ ref('stg_diasporacore__remittance_partners') }} as partners on earned.partner_id = partners.partner_id
