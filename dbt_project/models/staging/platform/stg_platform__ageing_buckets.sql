select
    bucket,
    position,
    first_day,
    last_day
from {{ source('lake_silver', 'ageing_buckets') }}
