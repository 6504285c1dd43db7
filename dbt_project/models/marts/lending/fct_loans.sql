select
    loans.loan_id,
    loans.user_id,
    loans.principal,
    loans.currency,
    loans.annual_rate_pct,
    loans.term_months,
    loans.status,
    loans.disbursed_at,
    loans.defaulted_at,
    coalesce(instalments.scheduled_amount, 0)::numeric(18, 2) as scheduled_amount,
    coalesce(instalments.paid_amount, 0)::numeric(18, 2) as paid_amount,
    coalesce(instalments.overdue_amount, 0)::numeric(18, 2) as overdue_amount,
    coalesce(instalments.days_past_due, 0) as days_past_due
from {{ ref('stg_diasporacore__loans') }} as loans
left join {{ ref('int_loan_instalments') }} as instalments on loans.loan_id = instalments.loan_id
