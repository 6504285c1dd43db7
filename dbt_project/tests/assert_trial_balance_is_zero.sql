{{ config(meta={'dagster': {'ref': {'name': 'rpt_trial_balance'}}}) }}
-- By double entry, the balances of a tenant's accounts sum to nothing in each currency.
select
    tenant_id,
    currency,
    sum(balance) as difference
from {{ ref('rpt_trial_balance') }}
group by tenant_id, currency
having sum(balance) <> 0
