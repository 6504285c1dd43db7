-- A member exists; a remittance starts.
create or replace function diasporacore.publish_users() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into diasporacore.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('user.registered.v1'), e.user_id,
        events.envelope(e.event_id, '/diasporacore', 'user.registered.v1', e.user_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.user_id,
            events.check_user('diasporacore.users', jsonb_strip_nulls(jsonb_build_object(
                'user_id', n.user_id,
                'tenant_id', n.tenant_id,
                'occurred_at', events.utc_text(n.registered_at)
            ))) as data
        from new_rows n
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on diasporacore.users
referencing new table as new_rows
for each statement execute function diasporacore.publish_users();

create or replace function diasporacore.publish_remittances() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into diasporacore.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('remittance.initiated.v2'), e.remittance_order_id,
        events.envelope(e.event_id, '/diasporacore', 'remittance.initiated.v2', e.remittance_order_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.remittance_order_id,
            events.check_payment('diasporacore.remittance_orders', jsonb_strip_nulls(jsonb_build_object(
                'payment_id', n.remittance_order_id,
                'status', 'initiated',
                'tenant_id', n.tenant_id,
                'customer_id', n.user_id,
                'corridor', n.corridor,
                'currency', n.currency,
                'amount_minor', reference.minor_units(n.amount, r.minor_per_unit),
                'occurred_at', events.utc_text(n.created_at)
            ))) as data
        from new_rows n
        left join lateral reference.rate_on(n.currency, (n.created_at at time zone 'UTC')::date) r on true
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on diasporacore.remittance_orders
referencing new table as new_rows
for each statement execute function diasporacore.publish_remittances();
