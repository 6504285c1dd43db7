-- Every account of a ledger in every month from the ledger's first to the system's last, moved or not.
with spans as (
    select
        app,
        tenant_id,
        currency,
        min(month) as first_month,
        max(max(month)) over (partition by app) as last_month
    from {{ ref('int_ledger_months') }}
    group by app, tenant_id, currency
),

months as (
    select
        spans.app,
        spans.tenant_id,
        spans.currency,
        series.first_day::date as month
    from spans
    cross join
        lateral generate_series(spans.first_month::timestamp, spans.last_month::timestamp, interval '1 month')
            as series (first_day)
),

accounts as (
    select distinct
        app,
        tenant_id,
        currency,
        ledger_account,
        ledger_account_name,
        account_class,
        cash_flow
    from {{ ref('int_ledger_months') }}
),

moved as (
    select
        accounts.app,
        accounts.tenant_id,
        accounts.currency,
        months.month,
        accounts.ledger_account,
        accounts.ledger_account_name,
        accounts.account_class,
        accounts.cash_flow,
        coalesce(movements.debit, 0) as debit,
        coalesce(movements.credit, 0) as credit
    from accounts
    inner join months
        on
            accounts.app = months.app
            and accounts.tenant_id = months.tenant_id
            and accounts.currency = months.currency
    left join {{ ref('int_ledger_months') }} as movements
        on
            accounts.app = movements.app
            and accounts.tenant_id = movements.tenant_id
            and accounts.currency = movements.currency
            and accounts.ledger_account = movements.ledger_account
            and months.month = movements.month
)

select
    app,
    tenant_id,
    currency,
    month,
    ledger_account,
    ledger_account_name,
    account_class,
    cash_flow,
    (sum(debit - credit) over ledger - (debit - credit))::numeric(18, 2) as opening_balance,
    debit::numeric(18, 2) as debit,
    credit::numeric(18, 2) as credit,
    (sum(debit - credit) over ledger)::numeric(18, 2) as closing_balance
from moved
window ledger as (partition by app, tenant_id, currency, ledger_account order by month)
