select
    request_id,
    jurisdiction,
    amount,
    currency,
    applied_score,
    collateral_asset,
    status,
    chosen_quote_id,
    requested_at,
    decided_at
from {{ source('lake_silver', 'caas__credit_requests') }}
