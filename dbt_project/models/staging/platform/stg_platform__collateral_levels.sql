select
    asset,
    initial_ltv,
    margin_call_ltv,
    liquidation_ltv,
    valid_from,
    lead(valid_from, 1, 'infinity'::date) over (partition by asset order by valid_from) as valid_before
from {{ source('lake_silver', 'collateral_levels') }}
