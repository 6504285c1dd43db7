-- Payments by the month in which they were made, chargebacks by the month in which they arrived.
with months as (
    select
        date_trunc('month', {{ utc_date('occurred_at') }})::date as month,
        processor,
        currency,
        1 as payments,
        (status in ('completed', 'reversed'))::int as approved,
        (status = 'failed')::int as failed,
        case when status in ('completed', 'reversed') then amount else 0 end as approved_amount,
        case when status in ('completed', 'reversed') then fee_amount else 0 end as fee_amount,
        0 as chargebacks,
        0 as chargeback_amount
    from {{ ref('fct_payments') }}
    union all
    select
        date_trunc('month', {{ utc_date('received_at') }})::date as month,
        processor,
        currency,
        0 as payments,
        0 as approved,
        0 as failed,
        0 as approved_amount,
        0 as fee_amount,
        1 as chargebacks,
        amount as chargeback_amount
    from {{ ref('fct_chargebacks') }}
)

select
    month,
    processor,
    currency,
    sum(payments)::bigint as payments,
    sum(approved)::bigint as approved,
    sum(failed)::bigint as failed,
    sum(approved_amount)::numeric(18, 2) as approved_amount,
    sum(fee_amount)::numeric(18, 2) as fee_amount,
    sum(chargebacks)::bigint as chargebacks,
    sum(chargeback_amount)::numeric(18, 2) as chargeback_amount,
    round(sum(approved)::numeric / nullif(sum(approved + failed), 0), 4)::numeric(5, 4) as approval_ratio,
    round(sum(chargebacks)::numeric / nullif(sum(approved), 0), 6)::numeric(12, 6) as chargeback_ratio,
    round(sum(fee_amount) / nullif(sum(approved_amount), 0), 6)::numeric(12, 6) as cost_per_approved_unit,
    round(
        sum(fee_amount + chargeback_amount) / nullif(sum(approved_amount), 0), 6
    )::numeric(12, 6) as cost_with_chargebacks_per_approved_unit
from months
group by month, processor, currency
