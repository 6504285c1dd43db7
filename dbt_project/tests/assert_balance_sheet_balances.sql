{{ config(meta={'dagster': {'ref': {'name': 'rpt_balance_sheet'}}}) }}
-- Assets are liabilities, equity and result, to the cent.
select
    app,
    tenant_id,
    currency,
    month,
    sum(case section when 'asset' then amount else -amount end) as difference
from {{ ref('rpt_balance_sheet') }}
group by app, tenant_id, currency, month
having sum(case section when 'asset' then amount else -amount end) <> 0
