select
    {{ utc_date('occurred_at') }} as decision_date,
    app,
    kind,
    origin,
    outcome,
    count(*) as decisions,
    sum(amount_usd_minor)::bigint as amount_usd_minor
from {{ ref('fct_decisions') }}
group by {{ utc_date('occurred_at') }}, app, kind, origin, outcome
