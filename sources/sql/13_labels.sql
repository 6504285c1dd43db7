-- What becomes known about a movement: disputes and dispositions of diasporacore, chargebacks of finflow.
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
                'known_at', events.utc_text(n.recorded_at)
            ))) as data
        from new_rows n
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
                'known_at', events.utc_text(n.received_at)
            ))) as data
        from new_rows n
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on finflow.chargebacks
referencing new table as new_rows
for each statement execute function finflow.publish_labels();
