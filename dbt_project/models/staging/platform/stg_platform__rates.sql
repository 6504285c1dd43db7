select
    rates.rate_id,
    rates.currency,
    rates.usd_per_unit,
    currencies.minor_per_unit,
    rates.usd_per_unit * (100 / currencies.minor_per_unit) as usd_cents_per_minor,
    rates.valid_from,
    lead(rates.valid_from, 1, 'infinity'::date) over (partition by rates.currency order by rates.valid_from)
        as valid_before
from {{ source('lake_silver', 'rates') }} as rates
inner join {{ source('lake_silver', 'currencies') }} as currencies on rates.currency = currencies.currency
