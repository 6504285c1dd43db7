with newest as (
    select max(sent_at) as as_of
    from {{ ref('stg_caas__provider_quotes') }}
),

answers as (
    select
        providers.provider_id,
        providers.name as provider_name,
        providers.jurisdiction,
        bands.score_from,
        bands.score_to,
        count(*) as answered,
        count(*) filter (where quotes.amount >= requests.amount) as offered,
        percentile_disc(0.5) within group (order by quotes.apr_pct)
        filter (where quotes.amount >= requests.amount) as rate_pct,
        max(quotes.sent_at) as quoted_at,
        max(policy.least_offers) as least_offers
    from {{ ref('stg_caas__provider_quotes') }} as quotes
    cross join newest
    cross join {{ ref('stg_platform__provider_windows') }} as policy
    inner join {{ ref('stg_caas__credit_requests') }} as requests on quotes.request_id = requests.request_id
    inner join {{ ref('stg_caas__providers') }} as providers on quotes.provider_id = providers.provider_id
    inner join {{ ref('stg_platform__provider_score_bands') }} as bands
        on
            requests.applied_score >= bands.score_from
            and (bands.score_to is null or requests.applied_score < bands.score_to)
    where
        quotes.outcome <> 'timeout'
        and requests.collateral_asset is null
        and not providers.is_secured
        and providers.status = 'active'
        and quotes.sent_at > newest.as_of - make_interval(secs => policy.terms_window_seconds)
    group by 1, 2, 3, 4, 5
)

select
    provider_id,
    score_from,
    score_to,
    provider_name,
    jurisdiction,
    answered,
    offered,
    rate_pct::numeric(6, 3) as rate_pct,
    quoted_at
from answers
where offered >= least_offers
