select
    commissions.partner_id,
    partners.brand,
    commissions.level,
    commissions.tier,
    commissions.currency,
    date_trunc('month', commissions.accrued_on)::date as accrued_month,
    count(*) as commissions,
    sum(commissions.share_amount)::numeric(18, 2) as share_amount,
    sum(commissions.expected_iva_amount)::numeric(18, 2) as iva_amount,
    sum(commissions.expected_amount)::numeric(18, 2) as accrued_amount,
    sum(commissions.paid_amount)::numeric(18, 2) as paid_amount,
    coalesce(sum(commissions.expected_amount) filter (where commissions.difference_cause = 'not paid yet'), 0)
    ::numeric(18, 2) as to_pay_amount,
    coalesce(sum(commissions.difference_amount) filter (where commissions.difference_cause <> 'not paid yet'), 0)
    ::numeric(18, 2) as difference_amount
from {{ ref('fct_commissions') }} as commissions
left join {{ ref('stg_raisket__partners') }} as partners on commissions.partner_id = partners.partner_id
group by
    commissions.partner_id,
    partners.brand,
    commissions.level,
    commissions.tier,
    commissions.currency,
    date_trunc('month', commissions.accrued_on)::date
