with calls as (
    select
        positions.asset,
        count(*) as margin_calls,
        count(*) filter (where calls.resolution = 'open') as open_calls,
        count(*) filter (where calls.resolution = 'topped_up') as topped_up_calls,
        count(*) filter (where calls.resolution = 'recovered') as recovered_calls,
        count(*) filter (where calls.resolution = 'liquidated') as liquidated_calls
    from {{ ref('stg_caas__margin_calls') }} as calls
    inner join {{ ref('stg_caas__collateral_positions') }} as positions on calls.position_id = positions.position_id
    group by positions.asset
)

select
    positions.asset,
    max(positions.price_usd) as price_usd,
    max(positions.priced_at) as priced_at,
    count(*) filter (where positions.status = 'active') as active_positions,
    count(*) filter (where positions.collateral_state = 'margin_call') as margin_call_positions,
    count(*) filter (where positions.collateral_state = 'liquidation') as liquidation_positions,
    count(*) filter (where positions.status = 'liquidated') as liquidated_positions,
    count(*) filter (where positions.status = 'released') as released_positions,
    coalesce(sum(positions.quantity) filter (where positions.status = 'active'), 0) as quantity,
    coalesce(sum(positions.value_usd) filter (where positions.status = 'active'), 0) as value_usd,
    coalesce(
        sum(positions.outstanding_usd) filter (where positions.status = 'active'), 0
    )::numeric(18, 2) as outstanding_usd,
    round(
        sum(positions.value_usd) filter (where positions.status = 'active')
        / nullif(sum(positions.outstanding_usd) filter (where positions.status = 'active'), 0), 4
    ) as coverage_ratio,
    coalesce(max(calls.margin_calls), 0) as margin_calls,
    coalesce(max(calls.open_calls), 0) as open_calls,
    coalesce(max(calls.topped_up_calls), 0) as topped_up_calls,
    coalesce(max(calls.recovered_calls), 0) as recovered_calls,
    coalesce(max(calls.liquidated_calls), 0) as liquidated_calls
from {{ ref('fct_collateral_positions') }} as positions
left join calls on positions.asset = calls.asset
group by positions.asset
