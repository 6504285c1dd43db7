select
    corridor,
    from_country,
    to_country,
    currency as payout_currency,
    fee_pct,
    spread_pct,
    risk
from {{ source('lake_silver', 'diasporacore__remittance_corridors') }}
