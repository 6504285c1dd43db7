-- Balanced entries only: what does not balance is in rpt_unbalanced_entries until somebody corrects it.
select
    lines.tenant_id,
    lines.ledger_account,
    accounts.name as ledger_account_name,
    accounts.account_class,
    lines.currency,
    sum(lines.debit)::numeric(18, 2) as debit,
    sum(lines.credit)::numeric(18, 2) as credit,
    sum(lines.debit - lines.credit)::numeric(18, 2) as balance
from {{ ref('stg_finflow__journal_lines') }} as lines
inner join {{ ref('int_journal_entry_balances') }} as entries
    on lines.journal_entry_id = entries.journal_entry_id and lines.currency = entries.currency
left join {{ ref('stg_finflow__chart_of_accounts') }} as accounts
    on lines.tenant_id = accounts.tenant_id and lines.ledger_account = accounts.ledger_account
where entries.is_balanced
group by lines.tenant_id, lines.ledger_account, accounts.name, accounts.account_class, lines.currency
