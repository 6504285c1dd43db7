select
    loan_id,
    user_id,
    account_id,
    principal,
    currency,
    annual_rate_pct,
    term_months,
    status,
    disbursed_at,
    defaulted_at
from {{ source('lake_silver', 'diasporacore__loans') }}
