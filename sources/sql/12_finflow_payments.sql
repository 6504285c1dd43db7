-- A card payment of finflow is a debit of the card's account, and a step in the life of its merchant's payment.
create or replace function finflow.publish_movements(payments finflow.payments[]) returns void
language plpgsql as $$
begin
    insert into finflow.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic(e.event_type), e.card_account_id,
        events.envelope(e.event_id, '/finflow', e.event_type, e.payment_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, events.transaction_type(p.status) as event_type, p.card_account_id, p.payment_id,
            events.check_transaction('finflow.payments', jsonb_strip_nulls(jsonb_build_object(
                'transaction_id', p.payment_id,
                'leg', 'debit',
                'attempt', 1,
                'status', p.status,
                'app', 'finflow',
                'tenant_id', p.tenant_id,
                'jurisdiction', t.jurisdiction,
                'kind', 'card_payment',
                'channel', p.channel,
                'account_id', p.card_account_id,
                'customer_id', p.customer_id,
                'counterparty_id', p.tenant_id,
                'amount_minor', reference.minor_units(p.amount, r.minor_per_unit),
                'currency', p.currency,
                'amount_usd_minor', reference.usd_minor(p.amount, r.minor_per_unit, r.usd_cents_per_minor),
                'rate_id', r.rate_id,
                'device_id', p.device_id,
                'ip_country', p.ip_country,
                'terminal_id', p.terminal_id,
                'occurred_at', events.utc_text(p.occurred_at)
            ))) as data
        from unnest(payments) with ordinality p
        left join finflow.tenants t on t.tenant_id = p.tenant_id
        left join lateral reference.rate_on(p.currency, (p.occurred_at at time zone 'UTC')::date) r on true
        order by p.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

-- A reversal is no step in the merchant's life of a payment: it comes back as a chargeback.
create or replace function finflow.publish_payment_steps(payments finflow.payments[]) returns void
language plpgsql as $$
begin
    insert into finflow.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic(e.event_type), e.payment_id,
        events.envelope(e.event_id, '/finflow', e.event_type, e.payment_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, events.payment_type(s.step) as event_type, p.payment_id,
            events.check_payment('finflow.payments', jsonb_strip_nulls(jsonb_build_object(
                'payment_id', p.payment_id,
                'status', s.step,
                'tenant_id', p.tenant_id,
                'customer_id', p.customer_id,
                'amount_minor', reference.minor_units(p.amount, r.minor_per_unit),
                'currency', p.currency,
                'occurred_at', events.utc_text(p.occurred_at)
            ))) as data
        from unnest(payments) with ordinality p
        join (values ('attempted', 'created'), ('completed', 'succeeded'), ('failed', 'failed')) s (status, step)
            on s.status = p.status
        left join lateral reference.rate_on(p.currency, (p.occurred_at at time zone 'UTC')::date) r on true
        order by p.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function finflow.publish_payments() returns trigger
language plpgsql as $$
declare
    changed finflow.payments[];
begin
    if tg_op = 'INSERT' then
        changed := array(select row(n.*)::finflow.payments from new_rows n);
    else
        changed := array(
            select row(n.*)::finflow.payments
            from new_rows n
            join old_rows o using (payment_id)
            where n.status <> o.status
        );
    end if;
    perform finflow.publish_movements(changed);
    perform finflow.publish_payment_steps(changed);
    return null;
end
$$;

create or replace trigger publish_inserted after insert on finflow.payments
referencing new table as new_rows
for each statement execute function finflow.publish_payments();

create or replace trigger publish_updated after update on finflow.payments
referencing old table as old_rows new table as new_rows
for each statement execute function finflow.publish_payments();
