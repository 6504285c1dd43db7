select
    jurisdiction,
    tax_pct,
    valid_from,
    lead(valid_from, 1, 'infinity'::date) over (partition by jurisdiction order by valid_from) as valid_before
from {{ source('lake_silver', 'value_added_taxes') }}
