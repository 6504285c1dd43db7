select
    journal_entry_id,
    tenant_id,
    payment_id,
    memo,
    posted_at
from {{ source('lake_silver', 'finflow__journal_entries') }}
