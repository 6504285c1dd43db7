select
    commission_id,
    loan_id,
    partner_id,
    agreement_id,
    level,
    commission_amount,
    share_amount,
    iva_amount,
    currency,
    status,
    accrued_at,
    paid_amount,
    paid_at
from {{ source('lake_silver', 'raisket__commissions') }}
