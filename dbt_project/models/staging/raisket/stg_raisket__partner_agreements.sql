select
    agreement_id,
    partner_id,
    tier,
    volume_from,
    commission_pct,
    override_pct
from {{ source('lake_silver', 'raisket__partner_agreements') }}
