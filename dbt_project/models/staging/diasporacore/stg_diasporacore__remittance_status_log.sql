select
    tenant_id,
    remittance_order_id,
    status,
    logged_at
from {{ source('lake_silver', 'diasporacore__remittance_status_log') }}
