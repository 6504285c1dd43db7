select
    ledger_entry_id,
    tenant_id,
    debit_account_id,
    credit_account_id,
    amount,
    currency,
    posted_at
from {{ source('lake_silver', 'nexafi__ledger_entries') }}
