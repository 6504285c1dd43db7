-- A late contribution was in time for the pot: one that was not is missed.
with contributions as (
    select
        tenant_id,
        group_id,
        round,
        count(*) as contributions,
        count(*) filter (where status = 'paid') as paid_on_time,
        count(*) filter (where status = 'late') as paid_late,
        count(*) filter (where status = 'missed') as missed,
        count(*) filter (where status = 'due') as still_due,
        coalesce(sum(amount) filter (where status in ('paid', 'late')), 0) as collected_amount
    from {{ ref('stg_diasporacore__tontine_contributions') }}
    group by tenant_id, group_id, round
),

disputes as (
    select
        tenant_id,
        group_id,
        round,
        count(*) as disputes
    from {{ ref('stg_diasporacore__tontine_disputes') }}
    group by tenant_id, group_id, round
)

select
    payouts.tenant_id,
    payouts.group_id,
    payouts.round,
    payouts.due_date,
    payouts.currency,
    contributions.contributions,
    contributions.paid_on_time,
    contributions.paid_late,
    contributions.missed,
    contributions.still_due,
    payouts.expected_amount::numeric(18, 2) as expected_amount,
    contributions.collected_amount::numeric(18, 2) as collected_amount,
    coalesce(payouts.amount, 0)::numeric(18, 2) as paid_out_amount,
    (contributions.collected_amount - coalesce(payouts.amount, 0))::numeric(18, 2) as pot_amount,
    payouts.status as payout_status,
    payouts.completed_at,
    {{ utc_date('payouts.completed_at') }} - payouts.due_date as payout_delay_days,
    coalesce(disputes.disputes, 0)::bigint as disputes
from {{ ref('stg_diasporacore__tontine_payouts') }} as payouts
inner join contributions
    on
        payouts.tenant_id = contributions.tenant_id
        and payouts.group_id = contributions.group_id
        and payouts.round = contributions.round
left join disputes
    on
        payouts.tenant_id = disputes.tenant_id
        and payouts.group_id = disputes.group_id
        and payouts.round = disputes.round
