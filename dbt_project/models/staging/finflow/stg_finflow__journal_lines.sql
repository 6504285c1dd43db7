select
    journal_entry_id,
    line,
    tenant_id,
    ledger_account,
    debit,
    credit,
    currency
from {{ source('lake_silver', 'finflow__journal_lines') }}
