-- From the band at one month end to that of the next, of every loan that was open at the first.
select
    earlier.app,
    earlier.currency::text as currency,
    earlier.month,
    earlier.band as from_band,
    later.band as to_band,
    count(*) as loans,
    sum(earlier.unpaid_amount)::numeric(18, 2) as unpaid_amount,
    (
        count(*) / sum(count(*)) over (partition by earlier.app, earlier.currency, earlier.month, earlier.band)
    )::numeric(9, 6) as loan_ratio
from {{ ref('int_loan_months') }} as earlier
inner join {{ ref('int_loan_months') }} as later
    on
        earlier.app = later.app
        and earlier.loan_id = later.loan_id
        and earlier.months_on_book + 1 = later.months_on_book
where earlier.band <> 'closed'
group by earlier.app, earlier.currency, earlier.month, earlier.band, later.band
