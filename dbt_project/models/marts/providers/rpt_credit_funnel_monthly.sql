with answers as (
    select
        request_id,
        bool_or(outcome <> 'timeout') as is_answered,
        bool_or(outcome = 'approved') as is_offered
    from {{ ref('stg_caas__provider_quotes') }}
    group by request_id
)

select
    date_trunc('month', {{ utc_date('requests.requested_at') }})::date as request_month,
    requests.jurisdiction,
    requests.currency,
    requests.collateral_asset is not null as is_secured,
    count(*) as requests,
    count(answers.request_id) as asked_requests,
    count(*) filter (where answers.is_answered) as answered_requests,
    count(*) filter (where answers.is_offered) as offered_requests,
    count(requests.chosen_quote_id) as taken_requests,
    count(loans.loan_id) as disbursed_loans,
    sum(requests.amount)::numeric(18, 2) as requested_amount,
    coalesce(sum(loans.principal), 0)::numeric(18, 2) as disbursed_amount,
    round(count(loans.loan_id)::numeric / count(*), 4)::numeric(5, 4) as conversion_ratio
from {{ ref('stg_caas__credit_requests') }} as requests
left join answers on requests.request_id = answers.request_id
left join {{ ref('stg_caas__loans') }} as loans on requests.request_id = loans.request_id
group by 1, 2, 3, 4
