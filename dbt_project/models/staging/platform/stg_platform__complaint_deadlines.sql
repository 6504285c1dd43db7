select
    jurisdiction,
    kind,
    days,
    counts,
    valid_from,
    lead(valid_from, 1, 'infinity'::date) over (partition by jurisdiction, kind order by valid_from) as valid_before
from {{ source('lake_silver', 'complaint_deadlines') }}
