with checks as (
    select
        provider_id,
        breaker,
        checked_at,
        row_number() over (partition by provider_id order by checked_at desc) as recency,
        max(checked_at) over () as as_of
    from {{ ref('stg_caas__provider_health') }}
),

windows as (
    select
        max(checks.as_of) as window_end,
        max(checks.as_of) - make_interval(secs => max(policy.health_window_seconds)) as window_start
    from checks
    cross join {{ ref('stg_platform__provider_windows') }} as policy
),

answers as (
    select
        quotes.provider_id,
        count(*) as asked,
        count(*) filter (where quotes.outcome <> 'timeout') as answered,
        percentile_disc(0.95) within group (order by quotes.latency_ms)
        filter (where quotes.outcome <> 'timeout') as latency_p95_ms
    from {{ ref('stg_caas__provider_quotes') }} as quotes
    inner join windows
        on
            quotes.sent_at > windows.window_start
            and quotes.sent_at <= windows.window_end
    group by quotes.provider_id
)

select
    providers.provider_id,
    providers.name as provider_name,
    providers.jurisdiction,
    coalesce(answers.asked, 0) as asked,
    coalesce(answers.answered, 0) as answered,
    round(answers.answered::numeric / nullif(answers.asked, 0), 4)::numeric(5, 4) as answered_ratio,
    answers.latency_p95_ms::integer as latency_p95_ms,
    checks.breaker,
    checks.checked_at
from {{ ref('stg_caas__providers') }} as providers
left join answers on providers.provider_id = answers.provider_id
left join checks on providers.provider_id = checks.provider_id and checks.recency = 1
