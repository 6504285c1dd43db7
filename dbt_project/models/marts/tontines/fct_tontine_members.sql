-- Default is what the applications recorded; owed_after_pot is what it cost the others.
with contributions as (
    select
        contributions.tenant_id,
        contributions.group_id,
        contributions.user_id,
        count(*) filter (where contributions.status = 'paid') as paid_on_time,
        count(*) filter (where contributions.status = 'late') as paid_late,
        count(*) filter (where contributions.status = 'missed') as missed,
        coalesce(sum(contributions.amount) filter (where contributions.status in ('paid', 'late')), 0) as paid_amount,
        coalesce(sum(contributions.amount) filter (
            where contributions.status = 'missed' and contributions.round > members.payout_round
        ), 0) as owed_after_pot_amount
    from {{ ref('stg_diasporacore__tontine_contributions') }} as contributions
    inner join {{ ref('stg_diasporacore__tontine_members') }} as members
        on
            contributions.tenant_id = members.tenant_id
            and contributions.group_id = members.group_id
            and contributions.user_id = members.user_id
    group by contributions.tenant_id, contributions.group_id, contributions.user_id
)

select
    members.tenant_id,
    members.group_id,
    members.user_id,
    members.payout_round,
    members.status = 'defaulted' as is_defaulted,
    coalesce(contributions.paid_on_time, 0)::bigint as paid_on_time,
    coalesce(contributions.paid_late, 0)::bigint as paid_late,
    coalesce(contributions.missed, 0)::bigint as missed,
    coalesce(contributions.paid_amount, 0)::numeric(18, 2) as paid_amount,
    coalesce(payouts.amount, 0)::numeric(18, 2) as received_amount,
    coalesce(contributions.owed_after_pot_amount, 0)::numeric(18, 2) as owed_after_pot_amount,
    groups.currency
from {{ ref('stg_diasporacore__tontine_members') }} as members
inner join {{ ref('stg_diasporacore__tontine_groups') }} as groups
    on members.tenant_id = groups.tenant_id and members.group_id = groups.group_id
left join contributions
    on
        members.tenant_id = contributions.tenant_id
        and members.group_id = contributions.group_id
        and members.user_id = contributions.user_id
left join {{ ref('stg_diasporacore__tontine_payouts') }} as payouts
    on
        members.tenant_id = payouts.tenant_id
        and members.group_id = payouts.group_id
        and members.payout_round = payouts.round
        and payouts.status = 'completed'
