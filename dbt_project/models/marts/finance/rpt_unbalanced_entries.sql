select
    balances.journal_entry_id,
    balances.tenant_id,
    balances.currency,
    balances.debit::numeric(18, 2) as debit,
    balances.credit::numeric(18, 2) as credit,
    balances.difference::numeric(18, 2) as difference,
    entries.payment_id,
    entries.memo,
    entries.posted_at
from {{ ref('int_journal_entry_balances') }} as balances
left join {{ ref('stg_finflow__journal_entries') }} as entries
    on balances.journal_entry_id = entries.journal_entry_id
where not balances.is_balanced
