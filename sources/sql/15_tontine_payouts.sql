-- A tontine's pot is paid: at its insertion where history writes it so, later by the change of its status.
create or replace function diasporacore.publish_tontine_payouts(payouts diasporacore.tontine_payouts[]) returns void
language plpgsql as $$
begin
    insert into diasporacore.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('tontine.payout.completed.v1'), e.payout_id,
        events.envelope(e.event_id, '/diasporacore', 'tontine.payout.completed.v1', e.payout_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, p.payout_id,
            events.check_payment('diasporacore.tontine_payouts', jsonb_strip_nulls(jsonb_build_object(
                'payment_id', p.payout_id,
                'status', p.status,
                'tenant_id', p.tenant_id,
                'customer_id', p.user_id,
                'currency', p.currency,
                'amount_minor', reference.minor_units(p.amount, r.minor_per_unit),
                'occurred_at', events.utc_text(p.completed_at)
            ))) as data
        from unnest(payouts) with ordinality p
        left join lateral reference.rate_on(p.currency, (p.completed_at at time zone 'UTC')::date) r on true
        order by p.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function diasporacore.publish_completed_payouts() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    if tg_op = 'INSERT' then
        perform diasporacore.publish_tontine_payouts(
            array(select row(n.*)::diasporacore.tontine_payouts from new_rows n where n.status = 'completed')
        );
    else
        perform diasporacore.publish_tontine_payouts(
            array(
                select row(n.*)::diasporacore.tontine_payouts
                from new_rows n
                join old_rows o using (tenant_id, payout_id)
                where n.status = 'completed' and o.status <> 'completed'
            )
        );
    end if;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on diasporacore.tontine_payouts
referencing new table as new_rows
for each statement execute function diasporacore.publish_completed_payouts();

create or replace trigger publish_updated after update on diasporacore.tontine_payouts
referencing old table as old_rows new table as new_rows
for each statement execute function diasporacore.publish_completed_payouts();
