-- A later table takes the place of the whole earlier one, whatever its bands.
with tables as (
    select
        jurisdiction,
        valid_from,
        lead(valid_from, 1, 'infinity'::date) over (partition by jurisdiction order by valid_from) as valid_before
    from {{ source('lake_silver', 'provision_bands') }}
    group by jurisdiction, valid_from
)

select
    bands.jurisdiction,
    bands.method,
    bands.valid_from,
    tables.valid_before,
    bands.from_days,
    coalesce(bands.to_days, 2147483647) as to_days,
    bands.stage,
    bands.provision_pct,
    bands.marginalised_pct
from {{ source('lake_silver', 'provision_bands') }} as bands
inner join tables on bands.jurisdiction = tables.jurisdiction and bands.valid_from = tables.valid_from
