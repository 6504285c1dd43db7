select
    band,
    from_days,
    coalesce(to_days, 2147483647) as to_days,
    is_default
from {{ source('lake_silver', 'delinquency_bands') }}
