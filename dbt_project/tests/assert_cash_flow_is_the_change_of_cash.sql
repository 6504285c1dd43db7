{{ config(meta={'dagster': {'ref': {'name': 'rpt_cash_flow'}}}) }}
-- What the cash flow statement explains, from the first month on, is the cash of the balance sheet.
with explained as (
    select
        app,
        tenant_id,
        currency,
        month,
        sum(sum(amount)) over (partition by app, tenant_id, currency order by month) as amount
    from {{ ref('rpt_cash_flow') }}
    group by app, tenant_id, currency, month
),

held as (
    select
        app,
        tenant_id,
        currency,
        month,
        sum(case when is_cash then amount else 0 end) as amount
    from {{ ref('rpt_balance_sheet') }}
    group by app, tenant_id, currency, month
)

select
    coalesce(held.app, explained.app) as app,
    coalesce(held.tenant_id, explained.tenant_id) as tenant_id,
    coalesce(held.currency, explained.currency) as currency,
    coalesce(held.month, explained.month) as month,
    coalesce(held.amount, 0) - coalesce(explained.amount, 0) as difference
from held
full outer join explained
    on
        held.app = explained.app
        and held.tenant_id = explained.tenant_id
        and held.currency = explained.currency
        and held.month = explained.month
where coalesce(held.amount, 0) <> coalesce(explained.amount, 0)
