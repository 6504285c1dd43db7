-- What every ledger moved in each month: finflow's entries that are not refused, and both sides of nexafi's postings.
with postings as (
    select
        entries.tenant_id,
        entries.currency,
        entries.posted_at,
        entries.amount,
        debited.kind as debit_kind,
        debited.name as debit_name,
        debited.account_class as debit_class,
        debited.cash_flow as debit_cash_flow,
        credited.kind as credit_kind,
        credited.name as credit_name,
        credited.account_class as credit_class,
        credited.cash_flow as credit_cash_flow
    from {{ ref('stg_nexafi__ledger_entries') }} as entries
    inner join {{ ref('stg_nexafi__ledger_accounts') }} as debited
        on entries.debit_account_id = debited.ledger_account_id
    inner join {{ ref('stg_nexafi__ledger_accounts') }} as credited
        on entries.credit_account_id = credited.ledger_account_id
),

lines as (
    select
        'finflow' as app,
        lines.tenant_id,
        lines.ledger_account,
        accounts.name as ledger_account_name,
        accounts.account_class,
        accounts.cash_flow,
        lines.currency,
        entries.posted_at,
        lines.debit,
        lines.credit
    from {{ ref('stg_finflow__journal_lines') }} as lines
    inner join {{ ref('int_journal_entry_balances') }} as entries
        on lines.journal_entry_id = entries.journal_entry_id and lines.currency = entries.currency
    inner join {{ ref('stg_finflow__chart_of_accounts') }} as accounts
        on lines.tenant_id = accounts.tenant_id and lines.ledger_account = accounts.ledger_account
    where entries.refused_for is null
    union all
    select
        'nexafi' as app,
        tenant_id,
        debit_kind as ledger_account,
        debit_name as ledger_account_name,
        debit_class as account_class,
        debit_cash_flow as cash_flow,
        currency,
        posted_at,
        amount as debit,
        0 as credit
    from postings
    union all
    select
        'nexafi' as app,
        tenant_id,
        credit_kind as ledger_account,
        credit_name as ledger_account_name,
        credit_class as account_class,
        credit_cash_flow as cash_flow,
        currency,
        posted_at,
        0 as debit,
        amount as credit
    from postings
)

select
    app,
    tenant_id,
    ledger_account,
    ledger_account_name,
    account_class,
    cash_flow,
    currency,
    date_trunc('month', {{ utc_date('posted_at') }})::date as month,
    sum(debit) as debit,
    sum(credit) as credit
from lines
group by
    app, tenant_id, ledger_account, ledger_account_name, account_class, cash_flow, currency,
    date_trunc('month', {{ utc_date('posted_at') }})::date
