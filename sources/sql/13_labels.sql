-- What becomes known about a movement: disputes and dispositions of diasporacore, chargebacks of finflow.
-- The movement's time and keys go with it: whoever reads the label has to find the activity that it belongs to.
create or replace function diasporacore.publish_labels() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into diasporacore.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('label.recorded.v1'), e.transaction_id,
        events.envelope(e.event_id, '/diasporacore', 'label.recorded.v1', e.transaction_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.transaction_id,
            events.check_label('diasporacore.transaction_disputes', jsonb_strip_nulls(jsonb_build_object(
                'label_id', n.dispute_id,
                'transaction_id', n.transaction_id,
                'leg', n.leg,
                'label', n.label,
                'kind', n.kind,
                'known_at', events.utc_text(n.recorded_at),
                'occurred_at', events.utc_text(m.occurred_at),
                'account_id', m.account_id,
                'customer_id', m.customer_id,
                'counterparty_id', m.counterparty_id,
                'device_id', m.device_id,
                'terminal_id', m.terminal_id
            ))) as data
        from (select *, row_number() over () as place from new_rows) n
        left join lateral (
            select t.* from diasporacore.account_transactions t
            where t.tenant_id = n.tenant_id and t.transaction_id = n.transaction_id and t.leg = n.leg
            order by t.attempt desc
            limit 1
        ) m on true
        order by n.place
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on diasporacore.transaction_disputes
referencing new table as new_rows
for each statement execute function diasporacore.publish_labels();

create or replace function finflow.publish_labels() returns trigger
language plpgsql as $$
begin
    insert into finflow.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('label.recorded.v1'), e.payment_id,
        events.envelope(e.event_id, '/finflow', 'label.recorded.v1', e.payment_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.payment_id,
            events.check_label('finflow.chargebacks', jsonb_strip_nulls(jsonb_build_object(
                'label_id', n.chargeback_id,
                'transaction_id', n.payment_id,
                'leg', 'debit',
                'label', case n.reason when 'fraud' then 'fraud' else 'legitimate' end,
                'kind', 'chargeback',
                'known_at', events.utc_text(n.received_at),
                'occurred_at', events.utc_text(p.occurred_at),
                'account_id', p.card_account_id,
                'customer_id', p.customer_id,
                'counterparty_id', p.tenant_id,
                'device_id', p.device_id,
                'terminal_id', p.terminal_id
            ))) as data
        from (select *, row_number() over () as place from new_rows) n
        left join finflow.payments p on p.payment_id = n.payment_id
        order by n.place
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on finflow.chargebacks
referencing new table as new_rows
for each statement execute function finflow.publish_labels();
