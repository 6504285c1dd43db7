with days as (
    select
        tenant_id,
        user_id,
        {{ utc_date('created_at') }} as sent_date,
        sum({{ usd_minor('amount', 'minor_per_unit', 'usd_cents_per_minor') }}) as sent_usd_minor
    from {{ ref('int_remittance_margins') }}
    where status <> 'cancelled'
    group by tenant_id, user_id, {{ utc_date('created_at') }}
),

months as (
    select
        tenant_id,
        user_id,
        date_trunc('month', sent_date)::date as sent_month,
        sum(sent_usd_minor) as sent_usd_minor,
        max(sent_usd_minor) as highest_day_usd_minor
    from days
    group by tenant_id, user_id, date_trunc('month', sent_date)::date
)

select
    months.sent_month,
    users.kyc_tier::integer as kyc_tier,
    count(*) as members,
    sum(months.sent_usd_minor)::bigint as sent_usd_minor,
    max(limits.monthly_usd_minor)::bigint as monthly_limit_usd_minor,
    (percentile_cont(0.5) within group (order by months.sent_usd_minor / limits.monthly_usd_minor))::numeric(9, 4)
        as median_utilisation,
    (percentile_cont(0.95) within group (order by months.sent_usd_minor / limits.monthly_usd_minor))::numeric(9, 4)
        as p95_utilisation,
    count(*) filter (where months.sent_usd_minor > limits.monthly_usd_minor) as members_over_monthly,
    count(*) filter (where months.highest_day_usd_minor > limits.daily_usd_minor) as members_over_daily
from months
inner join {{ ref('stg_diasporacore__users') }} as users
    on months.tenant_id = users.tenant_id and months.user_id = users.user_id
inner join {{ ref('stg_platform__remittance_limits') }} as limits on users.kyc_tier = limits.tier
group by months.sent_month, users.kyc_tier
