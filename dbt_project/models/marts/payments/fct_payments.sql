select
    payments.payment_id,
    payments.tenant_id,
    payments.customer_id,
    payments.processor,
    payments.channel,
    payments.amount,
    payments.fee_amount,
    payments.currency,
    {{ usd_minor('payments.amount', 'rates.minor_per_unit', 'rates.usd_cents_per_minor') }} as amount_usd_minor,
    payments.status,
    payments.failure_code,
    payments.occurred_at,
    tenants.jurisdiction,
    payments.payment_id in (
        select chargebacks.payment_id from {{ ref('stg_finflow__chargebacks') }} as chargebacks
    ) as is_charged_back
from {{ ref('stg_finflow__payments') }} as payments
inner join {{ ref('stg_finflow__tenants') }} as tenants on payments.tenant_id = tenants.tenant_id
inner join {{ ref('stg_platform__rates') }} as rates
    on
        payments.currency = rates.currency
        and rates.valid_from <= {{ utc_date('payments.occurred_at') }}
        and {{ utc_date('payments.occurred_at') }} < rates.valid_before
