select
    score_from,
    score_to
from {{ source('lake_silver', 'provider_score_bands') }}
