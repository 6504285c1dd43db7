select
    date_trunc('month', {{ utc_date('occurred_at') }})::date as month,
    processor,
    currency,
    coalesce(failure_code, 'not_told') as failure_code,
    count(*) as failures,
    sum(amount)::numeric(18, 2) as failed_amount,
    round(
        count(*)::numeric / sum(count(*)) over (
            partition by date_trunc('month', {{ utc_date('occurred_at') }})::date, processor, currency
        ), 4
    )::numeric(5, 4) as failure_share
from {{ ref('fct_payments') }}
where status = 'failed'
group by date_trunc('month', {{ utc_date('occurred_at') }})::date, processor, currency, coalesce(failure_code, 'not_told')
