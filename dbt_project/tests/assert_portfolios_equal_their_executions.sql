{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'fct_portfolio_days'}}}) }}
-- Cash and shares that the system keeps are those that follow from executions. A warning: tables of a system that is
-- being written are not of one instant.
with last_days as (
    select distinct on (portfolio_id)
        portfolio_id,
        cash
    from {{ ref('fct_portfolio_days') }}
    order by portfolio_id asc, value_date desc
)

select
    portfolios.portfolio_id,
    portfolios.cash as told,
    last_days.cash as computed
from {{ ref('stg_stsa__portfolios') }} as portfolios
inner join last_days on portfolios.portfolio_id = last_days.portfolio_id
where portfolios.cash <> last_days.cash
union all
select
    positions.portfolio_id,
    positions.quantity as told,
    marts.quantity as computed
from {{ ref('stg_stsa__positions') }} as positions
full join {{ ref('fct_trading_positions') }} as marts
    on positions.portfolio_id = marts.portfolio_id and positions.instrument_id = marts.instrument_id
where positions.quantity is distinct from marts.quantity
