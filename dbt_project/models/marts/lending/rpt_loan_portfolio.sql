select
    app,
    jurisdiction,
    currency,
    status,
    delinquency_band,
    count(*) as loans,
    sum(principal)::numeric(18, 2) as principal,
    sum(outstanding_amount)::numeric(18, 2) as outstanding_amount,
    sum(overdue_amount)::numeric(18, 2) as overdue_amount
from {{ ref('fct_loans') }}
group by app, jurisdiction, currency, status, delinquency_band
