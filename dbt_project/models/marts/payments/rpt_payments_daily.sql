select
    {{ utc_date('occurred_at') }} as payment_date,
    processor,
    currency,
    count(*) as payments,
    count(*) filter (where status in ('completed', 'reversed')) as approved,
    count(*) filter (where status = 'failed') as failed,
    coalesce(sum(amount) filter (where status in ('completed', 'reversed')), 0)::numeric(18, 2) as approved_amount,
    coalesce(sum(fee_amount) filter (where status in ('completed', 'reversed')), 0)::numeric(18, 2) as fee_amount,
    round(
        count(*) filter (where status in ('completed', 'reversed'))::numeric
        / nullif(count(*) filter (where status <> 'attempted'), 0), 4
    )::numeric(5, 4) as approval_ratio,
    count(*) filter (where is_charged_back) as charged_back
from {{ ref('fct_payments') }}
group by {{ utc_date('occurred_at') }}, processor, currency
