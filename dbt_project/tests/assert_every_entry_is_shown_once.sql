{{ config(meta={'dagster': {'ref': {'name': 'rpt_trial_balance'}}}) }}
-- An entry is in the trial balance or among the unbalanced, never in both and never in neither.
select
    lines.tenant_id,
    lines.currency,
    sum(lines.debit) as debit
from {{ ref('stg_finflow__journal_lines') }} as lines
group by lines.tenant_id, lines.currency
having
    sum(lines.debit) <> coalesce((
        select sum(shown.debit) from {{ ref('rpt_trial_balance') }} as shown
        where shown.tenant_id = lines.tenant_id and shown.currency = lines.currency
    ), 0) + coalesce((
        select sum(refused.debit) from {{ ref('rpt_unbalanced_entries') }} as refused
        where refused.tenant_id = lines.tenant_id and refused.currency = lines.currency
    ), 0)
