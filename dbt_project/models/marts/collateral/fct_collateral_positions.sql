with latest as (
    select distinct on (asset)
        asset,
        priced_at,
        price
    from {{ ref('stg_caas__collateral_prices') }}
    order by asset asc, priced_at desc
),

repaid as (
    select
        loan_id,
        sum(principal_amount) filter (where paid_amount > 0) as principal
    from {{ ref('stg_caas__loan_repayments') }}
    group by loan_id
),

calls as (
    select
        position_id,
        count(*) as margin_calls,
        bool_or(resolution = 'open') as has_open_call
    from {{ ref('stg_caas__margin_calls') }}
    group by position_id
),

valued as (
    select
        positions.position_id,
        positions.loan_id,
        loans.jurisdiction,
        positions.asset,
        positions.quantity,
        positions.status,
        positions.opened_at,
        positions.closed_at,
        latest.price as price_usd,
        latest.priced_at,
        loans.currency,
        loans.principal - coalesce(repaid.principal, 0) as outstanding,
        (loans.principal - coalesce(repaid.principal, 0)) * rates.usd_per_unit as outstanding_usd,
        positions.quantity * latest.price as value_usd,
        levels.margin_call_ltv,
        levels.liquidation_ltv,
        coalesce(calls.margin_calls, 0) as margin_calls,
        coalesce(calls.has_open_call, false) as has_open_call
    from {{ ref('stg_caas__collateral_positions') }} as positions
    inner join {{ ref('stg_caas__loans') }} as loans on positions.loan_id = loans.loan_id
    left join repaid on positions.loan_id = repaid.loan_id
    left join calls on positions.position_id = calls.position_id
    left join latest on positions.asset = latest.asset
    left join {{ ref('stg_platform__rates') }} as rates
        on
            loans.currency = rates.currency
            and rates.valid_from <= {{ utc_date('latest.priced_at') }}
            and {{ utc_date('latest.priced_at') }} < rates.valid_before
    left join {{ ref('stg_platform__collateral_levels') }} as levels
        on
            positions.asset = levels.asset
            and levels.valid_from <= {{ utc_date('latest.priced_at') }}
            and {{ utc_date('latest.priced_at') }} < levels.valid_before
)

-- Products and not quotients decide: they are exact, so a position that stands on a level has reached it.
select
    position_id,
    loan_id,
    jurisdiction,
    asset,
    quantity,
    status,
    case
        when status <> 'active' then status
        when value_usd is null or outstanding_usd is null or liquidation_ltv is null then 'unpriced'
        when outstanding_usd >= liquidation_ltv * value_usd then 'liquidation'
        when outstanding_usd >= margin_call_ltv * value_usd then 'margin_call'
        else 'healthy'
    end as collateral_state,
    price_usd,
    priced_at,
    currency,
    outstanding::numeric(18, 2) as outstanding_amount,
    round(outstanding_usd, 2)::numeric(18, 2) as outstanding_usd,
    round(value_usd, 2) as value_usd,
    case when status = 'active' then round(outstanding_usd / value_usd, 8) end as ltv_ratio,
    case
        when status = 'active' then round(outstanding_usd / (liquidation_ltv * quantity), 8)
    end as liquidation_price_usd,
    margin_call_ltv as margin_call_ratio,
    liquidation_ltv as liquidation_ratio,
    margin_calls,
    has_open_call,
    opened_at,
    closed_at
from valued
