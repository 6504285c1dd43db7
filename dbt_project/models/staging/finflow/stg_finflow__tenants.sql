select
    tenant_id,
    name,
    jurisdiction,
    currency
from {{ source('lake_silver', 'finflow__tenants') }}
