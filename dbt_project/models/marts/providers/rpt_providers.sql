with quotes as (
    select
        quotes.provider_id,
        quotes.outcome,
        quotes.latency_ms,
        quotes.apr_pct,
        coalesce(requests.chosen_quote_id = quotes.quote_id, false) as is_taken,
        min(quotes.apr_pct) over (partition by quotes.request_id) as best_apr_pct
    from {{ ref('stg_caas__provider_quotes') }} as quotes
    inner join {{ ref('stg_caas__credit_requests') }} as requests on quotes.request_id = requests.request_id
),

answers as (
    select
        provider_id,
        count(*) as asked,
        count(*) filter (where outcome <> 'timeout') as answered,
        count(*) filter (where outcome = 'approved') as approved,
        count(*) filter (where outcome = 'declined') as declined,
        count(*) filter (where outcome = 'timeout') as timeouts,
        count(*) filter (where is_taken) as taken,
        count(*) filter (where apr_pct = best_apr_pct) as cheapest,
        percentile_disc(0.5) within group (order by latency_ms) filter (where outcome <> 'timeout') as latency_p50_ms,
        percentile_disc(0.95) within group (order by latency_ms) filter (where outcome <> 'timeout') as latency_p95_ms,
        avg(apr_pct) as mean_apr_pct,
        avg(apr_pct - best_apr_pct) as mean_apr_above_best_pct
    from quotes
    group by provider_id
),

checks as (
    select
        provider_id,
        is_healthy,
        breaker,
        extract(
            epoch from lead(checked_at, 1, as_of) over (partition by provider_id order by checked_at) - checked_at
        ) as seconds
    from (
        select
            *,
            max(checked_at) over () as as_of
        from {{ ref('stg_caas__provider_health') }}
    ) as health
),

health as (
    select
        provider_id,
        sum(seconds) as watched_seconds,
        coalesce(sum(seconds) filter (where is_healthy), 0) as healthy_seconds,
        coalesce(sum(seconds) filter (where breaker = 'open'), 0) as breaker_open_seconds
    from checks
    group by provider_id
)

select
    providers.provider_id,
    providers.name as provider_name,
    providers.kind,
    providers.jurisdiction,
    coalesce(answers.asked, 0) as asked,
    coalesce(answers.answered, 0) as answered,
    coalesce(answers.approved, 0) as approved,
    coalesce(answers.declined, 0) as declined,
    coalesce(answers.timeouts, 0) as timeouts,
    coalesce(answers.taken, 0) as taken,
    round(answers.approved::numeric / nullif(answers.answered, 0), 4)::numeric(5, 4) as approval_ratio,
    round(answers.taken::numeric / nullif(answers.approved, 0), 4)::numeric(5, 4) as hit_ratio,
    round(
        coalesce(answers.taken, 0)::numeric
        / nullif(sum(answers.taken) over (partition by providers.jurisdiction), 0), 4
    )::numeric(5, 4) as win_ratio,
    answers.latency_p50_ms::integer as latency_p50_ms,
    answers.latency_p95_ms::integer as latency_p95_ms,
    round(answers.mean_apr_pct, 3)::numeric(6, 3) as mean_apr_pct,
    round(answers.mean_apr_above_best_pct, 3)::numeric(6, 3) as mean_apr_above_best_pct,
    round(answers.cheapest::numeric / nullif(answers.approved, 0), 4)::numeric(5, 4) as cheapest_ratio,
    round(health.healthy_seconds / nullif(health.watched_seconds, 0), 6)::numeric(7, 6) as uptime_ratio,
    coalesce(health.breaker_open_seconds, 0)::bigint as breaker_open_seconds
from {{ ref('stg_caas__providers') }} as providers
left join answers on providers.provider_id = answers.provider_id
left join health on providers.provider_id = health.provider_id
