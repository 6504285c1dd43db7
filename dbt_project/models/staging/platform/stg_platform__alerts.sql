select
    alert_id,
    rule_id,
    typology,
    severity,
    jurisdiction,
    app,
    party_id,
    account_id,
    transaction_id,
    leg,
    amount_usd_minor,
    window_started_at,
    occurred_at,
    raised_at
from {{ source('lake_silver', 'alerts') }}
