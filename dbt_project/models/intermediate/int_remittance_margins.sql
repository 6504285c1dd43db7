-- What each remittance earns: its fee, what its rate keeps of the reference rate, and what its partner takes.
select
    orders.remittance_order_id,
    orders.tenant_id,
    orders.user_id,
    orders.corridor,
    orders.quote_id,
    orders.partner_id,
    orders.amount,
    orders.currency,
    orders.payout_amount,
    orders.payout_currency,
    orders.fee_amount,
    orders.purpose,
    orders.status,
    orders.created_at,
    orders.completed_at,
    -- The rate that was quoted knows its reference; an order without a quote has the corridor's spread.
    coalesce(
        round(orders.amount * (1 - orders.fx_rate / quotes.reference_rate), 2),
        round(orders.amount * corridors.spread_pct / 100, 2)
    )::numeric(18, 2) as spread_amount,
    coalesce(
        {{ usd_minor('orders.amount * partners.cost_pct / 100', 'rates.minor_per_unit', 'rates.usd_cents_per_minor') }}
        + {{ usd_minor('partners.cost_fixed', 'partner_rates.minor_per_unit', 'partner_rates.usd_cents_per_minor') }},
        0
    ) as partner_cost_usd_minor,
    extract(epoch from paid.logged_at - orders.created_at)::bigint as delivery_seconds,
    paid.logged_at <= orders.created_at + partners.promised_minutes * interval '1 minute' as is_within_promise,
    orders.created_at > quotes.expires_at as is_after_lock,
    rates.minor_per_unit,
    rates.usd_cents_per_minor
from {{ ref('stg_diasporacore__remittance_orders') }} as orders
inner join {{ ref('stg_diasporacore__remittance_corridors') }} as corridors on orders.corridor = corridors.corridor
inner join {{ ref('stg_platform__rates') }} as rates
    on
        orders.currency = rates.currency
        and rates.valid_from <= {{ utc_date('orders.created_at') }}
        and {{ utc_date('orders.created_at') }} < rates.valid_before
left join {{ ref('stg_diasporacore__fx_quotes') }} as quotes
    on orders.tenant_id = quotes.tenant_id and orders.quote_id = quotes.quote_id
left join {{ ref('stg_diasporacore__remittance_partners') }} as partners on orders.partner_id = partners.partner_id
left join {{ ref('stg_platform__rates') }} as partner_rates
    on
        partners.currency = partner_rates.currency
        and partner_rates.valid_from <= {{ utc_date('orders.created_at') }}
        and {{ utc_date('orders.created_at') }} < partner_rates.valid_before
left join {{ ref('stg_diasporacore__remittance_status_log') }} as paid
    on
        orders.tenant_id = paid.tenant_id
        and orders.remittance_order_id = paid.remittance_order_id
        and paid.status = 'paid'
