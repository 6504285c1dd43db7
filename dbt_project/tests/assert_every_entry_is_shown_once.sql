{{ config(meta={'dagster': {'ref': {'name': 'rpt_trial_balance'}}}) }}
-- What was posted is in the trial balance or among the refused entries, never in both and never in neither.
with posted as (
    select
        currency,
        sum(debit) as debit,
        sum(credit) as credit
    from {{ ref('stg_finflow__journal_lines') }}
    group by currency
    union all
    select
        currency,
        sum(amount) as debit,
        sum(amount) as credit
    from {{ ref('stg_nexafi__ledger_entries') }}
    group by currency
    union all
    select
        currency,
        -sum(debit) as debit,
        -sum(credit) as credit
    from {{ ref('rpt_trial_balance') }}
    group by currency
    union all
    select
        currency,
        -sum(debit) as debit,
        -sum(credit) as credit
    from {{ ref('rpt_unbalanced_entries') }}
    group by currency
)

select
    currency,
    sum(debit) as debit,
    sum(credit) as credit
from posted
group by currency
having sum(debit) <> 0 or sum(credit) <> 0
