select
    label_id,
    transaction_id,
    leg,
    label,
    kind as label_kind,
    known_at
from {{ source('lake_silver', 'labels') }}
