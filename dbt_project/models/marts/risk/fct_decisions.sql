select
    decisions.transaction_id,
    decisions.leg,
    decisions.attempt,
    decisions.origin,
    decisions.mode,
    decisions.app,
    decisions.jurisdiction,
    decisions.kind,
    decisions.customer_id,
    decisions.amount_usd_minor,
    decisions.outcome,
    decisions.score,
    decisions.model_version,
    decisions.shadow_score,
    decisions.shadow_model_version,
    decisions.rules,
    decisions.occurred_at,
    decisions.decided_at,
    labels.label,
    labels.known_at as label_known_at
from {{ ref('stg_platform__decisions') }} as decisions
left join {{ ref('int_known_labels') }} as labels
    on decisions.transaction_id = labels.transaction_id and decisions.leg = labels.leg
