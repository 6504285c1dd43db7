-- Whether an entry may stand in a statement, and why not: an entry that fails in one currency fails as a whole.
with sums as (
    select
        lines.journal_entry_id,
        lines.currency,
        min(lines.tenant_id) as tenant_id,
        sum(lines.debit) as debit,
        sum(lines.credit) as credit,
        min(lines.tenant_id) = max(lines.tenant_id) as is_of_one_tenant,
        bool_and(accounts.account_class is not null) as has_known_accounts
    from {{ ref('stg_finflow__journal_lines') }} as lines
    left join {{ ref('stg_finflow__chart_of_accounts') }} as accounts
        on lines.tenant_id = accounts.tenant_id and lines.ledger_account = accounts.ledger_account
    group by lines.journal_entry_id, lines.currency
),

judged as (
    select
        sums.journal_entry_id,
        sums.tenant_id,
        sums.currency,
        sums.debit,
        sums.credit,
        entries.journal_entry_id is not null as has_entry,
        entries.payment_id,
        entries.memo,
        entries.posted_at,
        bool_and(sums.debit = sums.credit) over entry as is_balanced_whole,
        bool_and(sums.is_of_one_tenant and sums.tenant_id = entries.tenant_id) over entry as is_its_tenants,
        bool_and(sums.has_known_accounts) over entry as has_known_accounts_only
    from sums
    left join {{ ref('stg_finflow__journal_entries') }} as entries on sums.journal_entry_id = entries.journal_entry_id
    window entry as (partition by sums.journal_entry_id)
)

select
    journal_entry_id,
    tenant_id,
    currency,
    debit,
    credit,
    debit - credit as difference,
    debit = credit as is_balanced,
    payment_id,
    memo,
    posted_at,
    case
        when not has_entry then 'no_entry'
        when not is_balanced_whole then 'unbalanced'
        when not is_its_tenants then 'other_tenant'
        when not has_known_accounts_only then 'unknown_account'
    end as refused_for
from judged
