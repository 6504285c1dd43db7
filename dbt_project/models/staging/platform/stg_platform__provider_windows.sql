select
    health_window_seconds,
    terms_window_seconds,
    least_offers
from {{ source('lake_silver', 'provider_windows') }}
