select
    commission_id,
    loan_id,
    partner_id,
    currency,
    difference_cause,
    expected_amount,
    paid_amount,
    difference_amount,
    (iva_amount - expected_iva_amount)::numeric(18, 2) as iva_difference_amount,
    unshared_amount,
    paid_on
from {{ ref('fct_commissions') }}
where
    difference_cause not in ('none', 'not paid yet')
    or iva_amount <> expected_iva_amount
    or unshared_amount <> 0
