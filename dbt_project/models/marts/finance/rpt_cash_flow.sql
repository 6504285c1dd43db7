-- Indirect: the month's result, and what every balance that is not cash took or gave.
select
    app,
    tenant_id,
    currency,
    month,
    'operating' as activity,
    ledger_account,
    line,
    amount
from {{ ref('rpt_income_statement') }}
where section = 'result'
union all
select
    app,
    tenant_id,
    currency,
    month,
    cash_flow as activity,
    ledger_account,
    'Change of ' || ledger_account_name as line,
    (opening_balance - closing_balance)::numeric(18, 2) as amount
from {{ ref('rpt_trial_balance_monthly') }}
where account_class in ('asset', 'liability', 'equity') and cash_flow <> 'cash'
