select
    app,
    loan_id,
    party_id,
    jurisdiction,
    principal,
    currency,
    annual_rate_pct,
    term_months,
    is_marginalised,
    status,
    disbursed_on,
    defaulted_on
from {{ source('lake_silver', 'loans') }}
