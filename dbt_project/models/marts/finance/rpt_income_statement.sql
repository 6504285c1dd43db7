select
    app,
    tenant_id,
    currency,
    month,
    account_class as section,
    ledger_account,
    ledger_account_name as line,
    case account_class when 'income' then credit - debit else debit - credit end::numeric(18, 2) as amount
from {{ ref('rpt_trial_balance_monthly') }}
where account_class in ('income', 'expense')
union all
select
    app,
    tenant_id,
    currency,
    month,
    'result' as section,
    'result' as ledger_account,
    'Result of the month' as line,
    sum(credit - debit)::numeric(18, 2) as amount
from {{ ref('rpt_trial_balance_monthly') }}
where account_class in ('income', 'expense')
group by app, tenant_id, currency, month
