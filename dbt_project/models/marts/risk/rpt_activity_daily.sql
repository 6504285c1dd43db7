-- Movements that were not refused, at the day of their latest status.
select
    {{ utc_date('occurred_at') }} as activity_date,
    app,
    kind,
    count(*) as transactions,
    sum(amount_usd_minor)::bigint as amount_usd_minor
from {{ ref('stg_platform__transactions') }}
where status in ('completed', 'reversed')
group by {{ utc_date('occurred_at') }}, app, kind
