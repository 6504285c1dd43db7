with failures as (
    select
        date_trunc('month', {{ utc_date('occurred_at') }})::date as month,
        processor,
        currency,
        coalesce(failure_code, 'not_told') as failure_code,
        amount
    from {{ ref('fct_payments') }}
    where status = 'failed'
)

select
    month,
    processor,
    currency,
    failure_code,
    count(*) as failures,
    sum(amount)::numeric(18, 2) as failed_amount,
    round(
        count(*)::numeric / sum(count(*)) over (partition by month, processor, currency), 4
    )::numeric(5, 4) as failure_share
from failures
group by month, processor, currency, failure_code
