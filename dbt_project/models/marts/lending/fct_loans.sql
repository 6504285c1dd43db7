-- A provision is the percentage of the table of the lender's jurisdiction; without a table there is none.
select
    loans.app,
    loans.loan_id,
    loans.party_id,
    loans.jurisdiction,
    loans.currency::text as currency,
    loans.principal,
    loans.annual_rate_pct,
    loans.term_months,
    loans.status,
    loans.disbursed_on,
    loans.defaulted_on,
    instalments.as_of_date,
    instalments.scheduled_amount::numeric(18, 2) as scheduled_amount,
    instalments.paid_amount::numeric(18, 2) as paid_amount,
    instalments.outstanding_amount::numeric(18, 2) as outstanding_amount,
    instalments.overdue_amount::numeric(18, 2) as overdue_amount,
    instalments.days_past_due,
    bands.band as delinquency_band,
    instalments.exposure_amount::numeric(18, 2) as exposure_amount,
    provisions.method as stage_method,
    provisions.stage,
    provisions.from_days as stage_from_days,
    case when loans.is_marginalised then provisions.marginalised_pct else provisions.provision_pct end::numeric(6, 3)
        as provision_pct,
    round(
        instalments.exposure_amount
        * case when loans.is_marginalised then provisions.marginalised_pct else provisions.provision_pct end / 100, 2
    )::numeric(18, 2) as provision_amount
from {{ ref('stg_platform__loans') }} as loans
inner join {{ ref('int_loan_instalments') }} as instalments
    on loans.app = instalments.app and loans.loan_id = instalments.loan_id
inner join {{ ref('stg_platform__delinquency_bands') }} as bands
    on instalments.days_past_due >= bands.from_days and instalments.days_past_due < bands.to_days
left join {{ ref('stg_platform__provision_bands') }} as provisions
    on
        loans.jurisdiction = provisions.jurisdiction
        and instalments.as_of_date >= provisions.valid_from and instalments.as_of_date < provisions.valid_before
        and instalments.days_past_due >= provisions.from_days and instalments.days_past_due < provisions.to_days
