select
    partner_id,
    brand,
    level,
    parent_partner_id
from {{ source('lake_silver', 'raisket__partners') }}
