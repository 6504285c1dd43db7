select
    rate_id,
    currency,
    usd_per_unit,
    valid_from,
    lead(valid_from, 1, 'infinity'::date) over (partition by currency order by valid_from) as valid_before
from {{ source('lake_silver', 'rates') }}
