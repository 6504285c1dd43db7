-- Each complete month of each loan's life, with the band of its days past due at month end; `closed` once it is repaid.
with scheduled as (
    select
        app,
        loan_id,
        sum(due_amount) as due_amount
    from {{ ref('stg_platform__loan_instalments') }}
    group by app, loan_id
)

select
    performance.app,
    performance.loan_id,
    performance.currency,
    performance.month,
    performance.months_on_book,
    performance.days_past_due,
    bands.is_default,
    coalesce(scheduled.due_amount, loans.principal) - performance.paid_total as unpaid_amount,
    case
        when coalesce(scheduled.due_amount, loans.principal) <= performance.paid_total then 'closed'
        else bands.band
    end as band,
    date_trunc('month', loans.disbursed_on)::date as origination_month,
    loans.principal
from {{ ref('stg_platform__loan_performance') }} as performance
inner join {{ ref('stg_platform__loans') }} as loans
    on performance.app = loans.app and performance.loan_id = loans.loan_id
inner join {{ ref('stg_platform__delinquency_bands') }} as bands
    on performance.days_past_due >= bands.from_days and performance.days_past_due < bands.to_days
left join scheduled on performance.app = scheduled.app and performance.loan_id = scheduled.loan_id
