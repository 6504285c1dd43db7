with quotes as (
    select
        quotes.corridor,
        orders.remittance_order_id,
        orders.is_after_lock,
        date_trunc('month', {{ utc_date('quotes.quoted_at') }})::date as quote_month,
        {{ usd_minor('orders.amount', 'orders.minor_per_unit', 'orders.usd_cents_per_minor') }} as amount_usd_minor,
        {{ usd_minor('orders.spread_amount', 'orders.minor_per_unit', 'orders.usd_cents_per_minor') }}
            as spread_usd_minor
    from {{ ref('stg_diasporacore__fx_quotes') }} as quotes
    left join {{ ref('int_remittance_margins') }} as orders
        on
            quotes.tenant_id = orders.tenant_id
            and quotes.quote_id = orders.quote_id
            and orders.status <> 'cancelled'
)

select
    quote_month,
    corridor,
    count(*) as quotes,
    count(remittance_order_id) as taken_quotes,
    count(*) filter (where is_after_lock) as taken_after_lock,
    (count(remittance_order_id)::numeric / count(*))::numeric(5, 4) as taken_ratio,
    coalesce(sum(amount_usd_minor), 0)::bigint as amount_usd_minor,
    coalesce(sum(spread_usd_minor), 0)::bigint as spread_usd_minor,
    (100 * sum(spread_usd_minor) / nullif(sum(amount_usd_minor), 0))::numeric(9, 4) as realised_spread_pct
from quotes
group by quote_month, corridor
