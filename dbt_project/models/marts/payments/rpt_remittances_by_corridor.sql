select
    {{ utc_date('created_at') }} as order_date,
    corridor,
    count(*) as orders,
    count(*) filter (where status = 'paid') as paid_orders,
    count(*) filter (where status = 'cancelled') as cancelled_orders,
    (coalesce(sum(amount_usd_minor) filter (where status <> 'cancelled'), 0))::bigint as amount_usd_minor,
    (coalesce(sum(fee_usd_minor) filter (where status <> 'cancelled'), 0))::bigint as fee_usd_minor,
    (coalesce(sum(margin_usd_minor) filter (where status <> 'cancelled'), 0))::bigint as margin_usd_minor,
    percentile_cont(0.5) within group (order by delivery_seconds) as median_delivery_seconds
from {{ ref('fct_remittance_orders') }}
group by {{ utc_date('created_at') }}, corridor
