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
    app,
    tenant_id,
    currency,
    month,
    coalesce(held.amount, 0) - coalesce(explained.amount, 0) as difference
from held
full outer join explained using (app, tenant_id, currency, month)
where coalesce(held.amount, 0) <> coalesce(explained.amount, 0)
