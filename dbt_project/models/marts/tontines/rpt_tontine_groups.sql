with rounds as (
    select
        tenant_id,
        group_id,
        count(*) filter (where payout_status = 'completed') as rounds_completed,
        sum(paid_on_time) as paid_on_time,
        sum(paid_late) as paid_late,
        sum(missed) as missed,
        sum(collected_amount) as collected_amount,
        sum(paid_out_amount) as paid_out_amount,
        sum(expected_amount - paid_out_amount) filter (where payout_status = 'completed') as shortfall_amount,
        avg(payout_delay_days) as mean_payout_delay_days
    from {{ ref('fct_tontine_rounds') }}
    group by tenant_id, group_id
),

members as (
    select
        tenant_id,
        group_id,
        count(*) as members,
        count(*) filter (where is_defaulted) as defaulted_members,
        sum(owed_after_pot_amount) as owed_after_pot_amount
    from {{ ref('fct_tontine_members') }}
    group by tenant_id, group_id
),

disputes as (
    select
        tenant_id,
        group_id,
        count(*) as disputes,
        count(*) filter (where status = 'open') as open_disputes,
        count(*) filter (where outcome = 'upheld') as upheld_disputes
    from {{ ref('stg_diasporacore__tontine_disputes') }}
    group by tenant_id, group_id
)

select
    groups.tenant_id,
    groups.group_id,
    groups.rhythm,
    groups.currency,
    groups.status,
    case
        when members.defaulted_members > 0 then 'in default'
        when rounds.missed > 0 then 'strained'
        else 'sound'
    end as health,
    members.members,
    members.defaulted_members,
    groups.rounds::bigint as rounds_planned,
    coalesce(rounds.rounds_completed, 0)::bigint as rounds_completed,
    round(
        rounds.paid_on_time / nullif(rounds.paid_on_time + rounds.paid_late + rounds.missed, 0), 4
    )::numeric(6, 4) as on_time_ratio,
    coalesce(rounds.paid_late, 0)::bigint as paid_late,
    coalesce(rounds.missed, 0)::bigint as missed,
    coalesce(rounds.collected_amount, 0)::numeric(18, 2) as collected_amount,
    coalesce(rounds.paid_out_amount, 0)::numeric(18, 2) as paid_out_amount,
    coalesce(rounds.shortfall_amount, 0)::numeric(18, 2) as shortfall_amount,
    members.owed_after_pot_amount::numeric(18, 2) as owed_after_pot_amount,
    round(rounds.mean_payout_delay_days, 2)::numeric(8, 2) as mean_payout_delay_days,
    coalesce(disputes.disputes, 0)::bigint as disputes,
    coalesce(disputes.open_disputes, 0)::bigint as open_disputes,
    coalesce(disputes.upheld_disputes, 0)::bigint as upheld_disputes
from {{ ref('stg_diasporacore__tontine_groups') }} as groups
inner join members on groups.tenant_id = members.tenant_id and groups.group_id = members.group_id
left join rounds on groups.tenant_id = rounds.tenant_id and groups.group_id = rounds.group_id
left join disputes on groups.tenant_id = disputes.tenant_id and groups.group_id = disputes.group_id
