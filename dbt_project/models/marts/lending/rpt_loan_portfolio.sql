select
    currency,
    status,
    case
        when status <> 'active' then 'not applicable'
        when days_past_due = 0 then 'current'
        when days_past_due <= 30 then '1-30'
        when days_past_due <= 60 then '31-60'
        when days_past_due <= 90 then '61-90'
        else 'over 90'
    end as delinquency,
    count(*) as loans,
    sum(principal)::numeric(18, 2) as principal,
    sum(greatest(scheduled_amount - paid_amount, 0))::numeric(18, 2) as outstanding,
    sum(overdue_amount)::numeric(18, 2) as overdue
from {{ ref('fct_loans') }}
group by 1, 2, 3
