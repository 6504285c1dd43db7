-- Only what is known: a movement counts once a label says what it was.
select
    {{ utc_date('occurred_at') }} as activity_date,
    app,
    kind,
    origin,
    count(*) filter (where label = 'fraud' and outcome <> 'allow') as caught,
    count(*) filter (where label = 'fraud' and outcome = 'allow') as missed,
    count(*) filter (where label = 'legitimate' and outcome <> 'allow') as false_alarms,
    coalesce(sum(amount_usd_minor) filter (where label = 'fraud' and outcome <> 'allow'), 0)::bigint
        as caught_usd_minor,
    coalesce(sum(amount_usd_minor) filter (where label = 'fraud' and outcome = 'allow'), 0)::bigint
        as missed_usd_minor
from {{ ref('fct_decisions') }}
where label is not null
group by {{ utc_date('occurred_at') }}, app, kind, origin
