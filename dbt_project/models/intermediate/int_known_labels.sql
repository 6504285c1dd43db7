-- The latest label of each leg of a transaction.
select distinct on (transaction_id, leg)
    transaction_id,
    leg,
    label,
    label_kind,
    known_at
from {{ ref('stg_platform__labels') }}
order by transaction_id asc, leg asc, known_at desc, label_id asc
