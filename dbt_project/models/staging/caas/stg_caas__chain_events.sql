select
    transaction_hash,
    loan_id,
    chain,
    block_number,
    event_kind,
    status,
    asset,
    quantity,
    gas_used,
    gas_price,
    submitted_at,
    confirmed_at
from {{ source('lake_silver', 'caas__chain_events') }}
