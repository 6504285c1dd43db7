select
    {{ utc_date('created_at') }} as order_date,
    corridor,
    count(*) as orders,
    count(*) filter (where status = 'paid') as paid_orders,
    count(*) filter (where status = 'cancelled') as cancelled_orders,
    sum(amount_usd_minor)::bigint as amount_usd_minor,
    sum(fee_usd_minor)::bigint as fee_usd_minor,
    sum(margin_usd_minor)::bigint as margin_usd_minor,
    percentile_cont(0.5) within group (order by delivery_seconds) as median_delivery_seconds
from {{ ref('fct_remittance_orders') }}
group by {{ utc_date('created_at') }}, corridor
