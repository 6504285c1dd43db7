with days as (
    select
        chain,
        {{ utc_date('confirmed_at') }} as chain_date,
        count(*) as transactions,
        count(*) filter (where status = 'succeeded') as succeeded,
        count(*) filter (where status = 'failed') as failed,
        sum(gas_used) as gas_used,
        sum(gas_used * gas_price) as cost_eth,
        coalesce(sum(gas_used * gas_price) filter (where status = 'failed'), 0) as failed_cost_eth,
        percentile_cont(0.5) within group (
            order by extract(epoch from confirmed_at - submitted_at)
        ) as confirmation_p50_seconds,
        percentile_cont(0.95) within group (
            order by extract(epoch from confirmed_at - submitted_at)
        ) as confirmation_p95_seconds
    from {{ ref('stg_caas__chain_events') }}
    group by 1, 2
),

closes as (
    select distinct on ({{ utc_date('priced_at') }})
        {{ utc_date('priced_at') }} as price_date,
        price
    from {{ ref('stg_caas__collateral_prices') }}
    where asset = 'ETH'
    order by {{ utc_date('priced_at') }} asc, priced_at desc
),

prices as (
    select
        price_date,
        price,
        lead(price_date, 1, 'infinity'::date) over (order by price_date) as next_date
    from closes
)

select
    days.chain,
    days.chain_date,
    days.transactions,
    days.succeeded,
    days.failed,
    round(days.succeeded::numeric / days.transactions, 4)::numeric(5, 4) as success_ratio,
    days.gas_used::bigint as gas_used,
    days.cost_eth,
    days.failed_cost_eth,
    round(days.cost_eth * prices.price, 4) as cost_usd,
    days.confirmation_p50_seconds,
    days.confirmation_p95_seconds
from days
left join prices on days.chain_date >= prices.price_date and days.chain_date < prices.next_date
