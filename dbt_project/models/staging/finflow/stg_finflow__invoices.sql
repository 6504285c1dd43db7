select
    invoice_id,
    tenant_id,
    status,
    amount,
    paid_amount,
    currency,
    issued_at,
    due_date
from {{ source('lake_silver', 'finflow__invoices') }}
