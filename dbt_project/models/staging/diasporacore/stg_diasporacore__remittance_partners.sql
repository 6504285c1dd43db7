select
    partner_id,
    name,
    to_country,
    payout_method,
    cost_pct,
    cost_fixed,
    currency,
    promised_minutes
from {{ source('lake_silver', 'diasporacore__remittance_partners') }}
