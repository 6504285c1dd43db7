select
    journal_entry_id,
    tenant_id,
    currency,
    debit::numeric(18, 2) as debit,
    credit::numeric(18, 2) as credit,
    difference::numeric(18, 2) as difference,
    refused_for,
    payment_id,
    memo,
    posted_at
from {{ ref('int_journal_entry_balances') }}
where refused_for is not null
