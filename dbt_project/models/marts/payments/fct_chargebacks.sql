select
    chargebacks.chargeback_id,
    chargebacks.payment_id,
    payments.tenant_id,
    payments.processor,
    chargebacks.reason,
    chargebacks.amount,
    chargebacks.currency,
    chargebacks.received_at,
    payments.occurred_at as paid_at,
    extract(epoch from chargebacks.received_at - payments.occurred_at)::bigint as delay_seconds
from {{ ref('stg_finflow__chargebacks') }} as chargebacks
inner join {{ ref('stg_finflow__payments') }} as payments on chargebacks.payment_id = payments.payment_id
