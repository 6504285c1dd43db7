select
    position_id,
    loan_id,
    asset,
    quantity,
    status,
    opened_at,
    closed_at
from {{ source('lake_silver', 'caas__collateral_positions') }}
