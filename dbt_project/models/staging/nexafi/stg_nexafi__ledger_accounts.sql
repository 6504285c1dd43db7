select
    ledger_account_id,
    tenant_id,
    name,
    kind,
    account_class,
    cash_flow,
    currency
from {{ source('lake_silver', 'nexafi__ledger_accounts') }}
