-- Nothing is closed into equity: the result since the beginning is a line of its own.
select
    app,
    tenant_id,
    currency,
    month,
    account_class as section,
    ledger_account,
    ledger_account_name as line,
    cash_flow = 'cash' as is_cash,
    case account_class when 'asset' then closing_balance else -closing_balance end::numeric(18, 2) as amount
from {{ ref('rpt_trial_balance_monthly') }}
where account_class in ('asset', 'liability', 'equity')
union all
select
    app,
    tenant_id,
    currency,
    month,
    'result' as section,
    'result' as ledger_account,
    'Result since the beginning' as line,
    false as is_cash,
    sum(-closing_balance) filter (where account_class in ('income', 'expense'))::numeric(18, 2) as amount
from {{ ref('rpt_trial_balance_monthly') }}
group by app, tenant_id, currency, month
having count(*) filter (where account_class in ('income', 'expense')) > 0
