select
    loan_id,
    request_id,
    provider_id,
    jurisdiction,
    principal,
    currency,
    status,
    disbursed_at
from {{ source('lake_silver', 'caas__loans') }}
