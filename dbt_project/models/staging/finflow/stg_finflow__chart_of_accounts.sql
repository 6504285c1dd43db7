select
    tenant_id,
    ledger_account,
    name,
    account_class,
    cash_flow
from {{ source('lake_silver', 'finflow__chart_of_accounts') }}
