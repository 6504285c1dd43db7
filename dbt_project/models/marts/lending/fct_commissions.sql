-- What was accrued, what should have been, and what was paid. IVA is computed anew with the rate of the day.
with rated as (
    select
        commissions.commission_id,
        commissions.loan_id,
        commissions.partner_id,
        agreements.tier,
        commissions.level,
        commissions.currency::text as currency,
        commissions.status,
        {{ local_date('commissions.accrued_at', 'jurisdictions.time_zone') }} as accrued_on,
        {{ local_date('commissions.paid_at', 'jurisdictions.time_zone') }} as paid_on,
        commissions.commission_amount,
        commissions.share_amount,
        commissions.iva_amount,
        round(commissions.share_amount * taxes.tax_pct / 100, 2) as expected_iva_amount,
        commissions.paid_amount,
        commissions.commission_amount - sum(commissions.share_amount) over (partition by commissions.loan_id)
            as unshared_amount
    from {{ ref('stg_raisket__commissions') }} as commissions
    inner join {{ ref('stg_raisket__partner_agreements') }} as agreements
        on commissions.agreement_id = agreements.agreement_id
    inner join {{ ref('stg_platform__jurisdictions') }} as jurisdictions on jurisdictions.jurisdiction = 'MX'
    left join {{ ref('stg_platform__value_added_taxes') }} as taxes
        on
            jurisdictions.jurisdiction = taxes.jurisdiction
            and {{ local_date('commissions.accrued_at', 'jurisdictions.time_zone') }} >= taxes.valid_from
            and {{ local_date('commissions.accrued_at', 'jurisdictions.time_zone') }} < taxes.valid_before
)

select
    commission_id,
    loan_id,
    partner_id,
    tier,
    level,
    currency,
    status,
    accrued_on,
    paid_on,
    commission_amount,
    share_amount,
    iva_amount,
    expected_iva_amount::numeric(18, 2) as expected_iva_amount,
    (share_amount + expected_iva_amount)::numeric(18, 2) as expected_amount,
    paid_amount,
    (paid_amount - share_amount - expected_iva_amount)::numeric(18, 2) as difference_amount,
    unshared_amount::numeric(18, 2) as unshared_amount,
    case
        when status = 'accrued' and paid_amount = 0 then 'not paid yet'
        when paid_amount = share_amount + expected_iva_amount then 'none'
        when paid_amount = share_amount then 'IVA left out'
        when paid_amount = 2 * (share_amount + expected_iva_amount) then 'paid twice'
        when paid_amount < share_amount + expected_iva_amount then 'paid short'
        else 'paid over'
    end as difference_cause
from rated
