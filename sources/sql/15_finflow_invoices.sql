-- An invoice is written, and paid in full: two events, whichever statements bring it there. Both are of their own time, history too.
create or replace function finflow.publish_invoice_steps(invoices finflow.invoices[], step text) returns void
language plpgsql as $$
begin
    insert into finflow.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic(e.event_type), e.invoice_id,
        events.envelope(e.event_id, '/finflow', e.event_type, e.invoice_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, events.invoice_type(step) as event_type, i.invoice_id,
            events.check_invoice('finflow.invoices', jsonb_strip_nulls(jsonb_build_object(
                'invoice_id', i.invoice_id,
                'status', step,
                'tenant_id', i.tenant_id,
                'customer_id', i.customer_id,
                'amount_minor', reference.minor_units(i.amount, r.minor_per_unit),
                'currency', i.currency,
                'occurred_at', events.utc_text(case step when 'paid' then i.paid_at else i.issued_at end)
            ))) as data
        from unnest(invoices) with ordinality i
        left join lateral reference.rate_on(i.currency, (i.issued_at at time zone 'UTC')::date) r on true
        order by i.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function finflow.publish_invoices() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform finflow.publish_invoice_steps(array(select row(n.*)::finflow.invoices from new_rows n), 'created');
        perform finflow.publish_invoice_steps(
            array(select row(n.*)::finflow.invoices from new_rows n where n.status = 'paid'), 'paid'
        );
    else
        perform finflow.publish_invoice_steps(
            array(
                select row(n.*)::finflow.invoices
                from new_rows n
                join old_rows o using (invoice_id)
                where n.status = 'paid' and o.status <> 'paid'
            ), 'paid'
        );
    end if;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on finflow.invoices
referencing new table as new_rows
for each statement execute function finflow.publish_invoices();

create or replace trigger publish_updated after update on finflow.invoices
referencing old table as old_rows new table as new_rows
for each statement execute function finflow.publish_invoices();
