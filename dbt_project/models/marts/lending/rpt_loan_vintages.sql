-- A cohort is watched up to the last complete month of its system; a loan once in default stays counted, repaid or not.
with horizons as (
    select
        app,
        max(month) as last_month
    from {{ ref('int_loan_months') }}
    group by app
),

cohorts as (
    select
        app,
        currency::text as currency,
        date_trunc('month', disbursed_on)::date as origination_month,
        count(*) as loans,
        sum(principal) as principal
    from {{ ref('stg_platform__loans') }}
    group by app, currency::text, date_trunc('month', disbursed_on)::date
),

first_defaults as (
    select
        app,
        loan_id,
        currency::text as currency,
        origination_month,
        principal,
        min(months_on_book) as months_on_book
    from {{ ref('int_loan_months') }}
    where is_default
    group by app, loan_id, currency::text, origination_month, principal
),

defaults as (
    select
        app,
        currency,
        origination_month,
        months_on_book,
        count(*) as loans,
        sum(principal) as principal
    from first_defaults
    group by app, currency, origination_month, months_on_book
),

ages as (
    select distinct
        app,
        months_on_book
    from {{ ref('int_loan_months') }}
)

select
    cohorts.app,
    cohorts.currency,
    cohorts.origination_month,
    ages.months_on_book,
    cohorts.loans,
    cohorts.principal::numeric(18, 2) as principal,
    (sum(coalesce(defaults.loans, 0)) over life)::bigint as defaulted_loans,
    (sum(coalesce(defaults.principal, 0)) over life)::numeric(18, 2) as defaulted_principal,
    ((sum(coalesce(defaults.loans, 0)) over life) / cohorts.loans)::numeric(9, 6) as default_ratio
from cohorts
inner join horizons on cohorts.app = horizons.app
inner join ages
    on
        cohorts.app = ages.app
        and cohorts.origination_month + make_interval(months => ages.months_on_book::integer) <= horizons.last_month
left join defaults
    on
        cohorts.app = defaults.app
        and cohorts.currency = defaults.currency
        and cohorts.origination_month = defaults.origination_month
        and ages.months_on_book = defaults.months_on_book
window life as (
    partition by cohorts.app, cohorts.currency, cohorts.origination_month order by ages.months_on_book
)
