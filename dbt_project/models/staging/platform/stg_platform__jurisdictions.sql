select
    jurisdiction,
    time_zone,
    {{ as_of_date('time_zone') }} as as_of_date
from {{ source('lake_silver', 'jurisdictions') }}
