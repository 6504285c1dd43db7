select
    {{ utc_date('occurred_at') }} as alert_date,
    typology,
    severity,
    jurisdiction,
    count(*) as alerts,
    count(distinct party_id) as parties
from {{ ref('fct_alerts') }}
group by {{ utc_date('occurred_at') }}, typology, severity, jurisdiction
