{{ config(meta={'dagster': {'ref': {'name': 'rpt_trial_balance_monthly'}}}) }}
-- By double entry, the balances of a tenant's accounts sum to nothing in each currency at the end of each month.
select
    app,
    tenant_id,
    currency,
    month,
    sum(closing_balance) as difference
from {{ ref('rpt_trial_balance_monthly') }}
group by app, tenant_id, currency, month
having sum(closing_balance) <> 0
