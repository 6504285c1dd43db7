select
    jurisdiction,
    day,
    is_working_day,
    working_days
from {{ source('lake_silver', 'calendar_days') }}
