-- What each loan owes and has paid, as of today in UTC.
select
    loan_id,
    sum(due_amount) as scheduled_amount,
    sum(paid_amount) as paid_amount,
    coalesce(sum(due_amount) filter (where due_date <= {{ utc_date('current_timestamp') }}), 0) as due_to_date,
    coalesce(sum(greatest(due_amount - paid_amount, 0)) filter (
        where due_date < {{ utc_date('current_timestamp') }}
    ), 0) as overdue_amount,
    coalesce(
        {{ utc_date('current_timestamp') }} - min(due_date) filter (
            where due_date < {{ utc_date('current_timestamp') }} and paid_amount < due_amount
        ), 0
    ) as days_past_due
from {{ ref('stg_diasporacore__loan_repayments') }}
group by loan_id
