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
)

select
    sums.journal_entry_id,
    sums.tenant_id,
    sums.currency,
    sums.debit,
    sums.credit,
    sums.debit - sums.credit as difference,
    sums.debit = sums.credit as is_balanced,
    entries.payment_id,
    entries.memo,
    entries.posted_at,
    case
        when entries.journal_entry_id is null then 'no_entry'
        when bool_or(sums.debit <> sums.credit) over (partition by sums.journal_entry_id) then 'unbalanced'
        when
            not bool_and(sums.is_of_one_tenant and sums.tenant_id = entries.tenant_id) over (
                partition by sums.journal_entry_id
            ) then 'other_tenant'
        when not bool_and(sums.has_known_accounts) over (partition by sums.journal_entry_id) then 'unknown_account'
    end as refused_for
from sums
left join {{ ref('stg_finflow__journal_entries') }} as entries on sums.journal_entry_id = entries.journal_entry_id
