select
    failed.transaction_hash,
    failed.chain,
    failed.block_number,
    failed.loan_id,
    failed.event_kind,
    failed.gas_used,
    failed.gas_used * failed.gas_price as cost_eth,
    failed.confirmed_at as failed_at,
    min(again.confirmed_at) as succeeded_at
from {{ ref('stg_caas__chain_events') }} as failed
left join {{ ref('stg_caas__chain_events') }} as again
    on
        failed.loan_id = again.loan_id
        and failed.event_kind = again.event_kind
        and failed.quantity is not distinct from again.quantity
        and again.status = 'succeeded'
        and failed.confirmed_at < again.confirmed_at
where failed.status = 'failed'
group by 1, 2, 3, 4, 5, 6, 7, 8
