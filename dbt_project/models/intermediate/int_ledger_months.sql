-- What every ledger moved in each month: finflow's entries that may stand in a statement, and both sides of nexafi's postings.
with lines as (
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
        postings.tenant_id,
        accounts.kind as ledger_account,
        accounts.name as ledger_account_name,
        accounts.account_class,
        accounts.cash_flow,
        postings.currency,
        postings.posted_at,
        postings.amount as debit,
        0 as credit
    from {{ ref('stg_nexafi__ledger_entries') }} as postings
    inner join {{ ref('stg_nexafi__ledger_accounts') }} as accounts
        on postings.debit_account_id = accounts.ledger_account_id
    union all
    select
        'nexafi' as app,
        postings.tenant_id,
        accounts.kind as ledger_account,
        accounts.name as ledger_account_name,
        accounts.account_class,
        accounts.cash_flow,
        postings.currency,
        postings.posted_at,
        0 as debit,
        postings.amount as credit
    from {{ ref('stg_nexafi__ledger_entries') }} as postings
    inner join {{ ref('stg_nexafi__ledger_accounts') }} as accounts
        on postings.credit_account_id = accounts.ledger_account_id
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
