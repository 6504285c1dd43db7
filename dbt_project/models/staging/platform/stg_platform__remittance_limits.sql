select
    tier,
    monthly_usd * 100 as monthly_usd_minor,
    daily_usd * 100 as daily_usd_minor
from {{ source('lake_silver', 'remittance_limits') }}
