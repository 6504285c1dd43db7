-- What each loan owes and has paid, as of today where its lender is. A system that does not split its instalments
-- counts them whole as principal, so that its balance includes interest to come.
with instalments as (
    select
        instalments.app,
        instalments.loan_id,
        jurisdictions.as_of_date,
        instalments.due_date,
        instalments.due_amount,
        instalments.paid_amount,
        greatest(instalments.due_amount - instalments.paid_amount, 0) as unpaid_amount,
        coalesce(instalments.principal_amount, instalments.due_amount) as principal_amount
    from {{ ref('stg_platform__loan_instalments') }} as instalments
    inner join {{ ref('stg_platform__loans') }} as loans
        on instalments.app = loans.app and instalments.loan_id = loans.loan_id
    inner join {{ ref('stg_platform__jurisdictions') }} as jurisdictions
        on loans.jurisdiction = jurisdictions.jurisdiction
)

select
    app,
    loan_id,
    as_of_date,
    sum(due_amount) as scheduled_amount,
    sum(paid_amount) as paid_amount,
    sum(unpaid_amount) as outstanding_amount,
    coalesce(sum(unpaid_amount) filter (where due_date < as_of_date), 0) as overdue_amount,
    coalesce(as_of_date - min(due_date) filter (where due_date < as_of_date and unpaid_amount > 0), 0) as days_past_due,
    sum(least(principal_amount, unpaid_amount))
    + coalesce(sum(greatest(unpaid_amount - principal_amount, 0)) filter (where due_date <= as_of_date), 0)
        as exposure_amount
from instalments
group by app, loan_id, as_of_date
