-- Loans that are repaid owe nothing and need no provision.
select
    app,
    jurisdiction,
    currency,
    stage_method,
    stage,
    stage_from_days,
    provision_pct,
    max(as_of_date) as as_of_date,
    count(*) as loans,
    sum(exposure_amount)::numeric(18, 2) as exposure_amount,
    sum(provision_amount)::numeric(18, 2) as provision_amount
from {{ ref('fct_loans') }}
where exposure_amount > 0
group by app, jurisdiction, currency, stage_method, stage, stage_from_days, provision_pct
