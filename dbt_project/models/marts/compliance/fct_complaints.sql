-- The deadline counts from the day after reception, in the days that the law counts; its last day is still in time.
with dated as (
    select
        complaints.complaint_id,
        complaints.user_id,
        complaints.product_id,
        complaints.loan_id,
        complaints.kind,
        complaints.cause,
        complaints.medium,
        complaints.status,
        complaints.answer,
        jurisdictions.jurisdiction,
        jurisdictions.as_of_date,
        {{ local_date('complaints.received_at', 'jurisdictions.time_zone') }} as received_on,
        {{ local_date('complaints.resolved_at', 'jurisdictions.time_zone') }} as resolved_on
    from {{ ref('stg_raisket__complaints') }} as complaints
    inner join {{ ref('stg_platform__jurisdictions') }} as jurisdictions on jurisdictions.jurisdiction = 'MX'
),

due as (
    select
        dated.complaint_id,
        dated.user_id,
        dated.product_id,
        dated.loan_id,
        dated.kind,
        dated.cause,
        dated.medium,
        dated.status,
        dated.answer,
        dated.as_of_date,
        dated.received_on,
        dated.resolved_on,
        case deadlines.counts
            when 'calendar_days' then dated.received_on + deadlines.days
            else last_days.day
        end as due_on
    from dated
    left join {{ ref('stg_platform__complaint_deadlines') }} as deadlines
        on
            dated.jurisdiction = deadlines.jurisdiction
            and dated.kind = deadlines.kind
            and dated.received_on >= deadlines.valid_from
            and dated.received_on < deadlines.valid_before
    left join {{ ref('stg_platform__calendar_days') }} as received
        on dated.jurisdiction = received.jurisdiction and dated.received_on = received.day
    left join {{ ref('stg_platform__calendar_days') }} as last_days
        on
            received.jurisdiction = last_days.jurisdiction
            and last_days.is_working_day
            and received.working_days + deadlines.days = last_days.working_days
)

select
    complaint_id,
    user_id,
    product_id,
    loan_id,
    kind,
    cause,
    medium,
    status,
    answer,
    as_of_date,
    received_on,
    due_on,
    resolved_on,
    resolved_on - received_on as days_to_resolve,
    case when status = 'open' then due_on - as_of_date end as days_left,
    coalesce(resolved_on, as_of_date) > due_on as is_breached
from due
