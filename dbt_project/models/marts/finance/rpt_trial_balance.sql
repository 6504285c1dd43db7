-- Entries that may stand in a statement only: the others are in rpt_unbalanced_entries until somebody corrects them.
select
    app,
    tenant_id,
    ledger_account,
    ledger_account_name,
    account_class,
    currency,
    sum(debit)::numeric(18, 2) as debit,
    sum(credit)::numeric(18, 2) as credit,
    sum(debit - credit)::numeric(18, 2) as balance
from {{ ref('int_ledger_months') }}
group by app, tenant_id, ledger_account, ledger_account_name, account_class, currency
