-- Whether the lines of each entry balance, by currency: debits minus credits.
select
    journal_entry_id,
    tenant_id,
    currency,
    sum(debit) as debit,
    sum(credit) as credit,
    sum(debit) - sum(credit) as difference,
    sum(debit) = sum(credit) as is_balanced
from {{ ref('stg_finflow__journal_lines') }}
group by journal_entry_id, tenant_id, currency
