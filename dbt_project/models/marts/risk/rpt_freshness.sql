-- How far each source of the pages reaches: its latest business time.
select
    'decisions' as name,
    max(occurred_at) as as_of
from {{ ref('fct_decisions') }}
union all
select
    'remittances' as name,
    max(created_at) as as_of
from {{ ref('fct_remittance_orders') }}
union all
select
    'payments' as name,
    max(occurred_at) as as_of
from {{ ref('fct_payments') }}
