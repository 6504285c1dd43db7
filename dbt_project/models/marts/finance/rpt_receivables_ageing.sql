-- What customers owe today (UTC); an invoice that is due today is not past due.
select
    invoices.tenant_id,
    invoices.currency,
    buckets.bucket,
    buckets.position::bigint as position,
    count(*) as invoices,
    sum(invoices.amount - invoices.paid_amount)::numeric(18, 2) as open_amount
from {{ ref('stg_finflow__invoices') }} as invoices
inner join {{ ref('stg_platform__ageing_buckets') }} as buckets
    on
        {{ utc_date('current_timestamp') }} - invoices.due_date >= coalesce(buckets.first_day, -1000000)
        and {{ utc_date('current_timestamp') }} - invoices.due_date <= coalesce(buckets.last_day, 1000000)
where invoices.status in ('sent', 'overdue')
group by invoices.tenant_id, invoices.currency, buckets.bucket, buckets.position
