select
    product_id,
    kind,
    cause,
    date_trunc('month', received_on)::date as received_month,
    count(*) as complaints,
    count(*) filter (where status = 'open') as open_complaints,
    count(*) filter (where days_left between 0 and 7) as due_within_7_days,
    count(*) filter (where status = 'open' and is_breached) as open_breached,
    count(*) filter (where status = 'resolved' and is_breached) as answered_late,
    round(avg(days_to_resolve), 1)::numeric(9, 1) as mean_days_to_resolve,
    max(days_to_resolve) as longest_days_to_resolve
from {{ ref('fct_complaints') }}
group by product_id, kind, cause, date_trunc('month', received_on)::date
