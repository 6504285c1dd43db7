-- A loan that is paid out reaches the borrower's account, and an instalment that is paid leaves it.
drop function if exists caas.publish_movements(text, text, text, text[], text[], numeric[], timestamptz[]);

create or replace function caas.publish_movements(
    moved_leg text, moved_kind text, moved_status text, loan_ids text[], transaction_ids text[],
    attempts smallint[], amounts numeric[], instants timestamptz[]
) returns void
language plpgsql as $$
begin
    insert into caas.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic(e.event_type), e.account_id,
        events.envelope(e.event_id, '/caas', e.event_type, e.transaction_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, events.transaction_type(moved_status) as event_type, l.account_id, m.transaction_id,
            events.check_transaction('caas.loans', jsonb_strip_nulls(jsonb_build_object(
                'transaction_id', m.transaction_id,
                'leg', moved_leg,
                'attempt', m.attempt,
                'status', moved_status,
                'app', 'caas',
                'tenant_id', l.provider_id,
                'jurisdiction', l.jurisdiction,
                'kind', moved_kind,
                'channel', 'internal',
                'account_id', l.account_id,
                'customer_id', l.borrower_id,
                'counterparty_id', l.provider_id,
                'amount_minor', reference.minor_units(m.amount, r.minor_per_unit),
                'currency', l.currency,
                'amount_usd_minor', reference.usd_minor(m.amount, r.minor_per_unit, r.usd_cents_per_minor),
                'rate_id', r.rate_id,
                'occurred_at', events.utc_text(m.occurred_at)
            ))) as data
        from unnest(loan_ids, transaction_ids, attempts, amounts, instants)
            with ordinality m (loan_id, transaction_id, attempt, amount, occurred_at, place)
        join caas.loans l on l.loan_id = m.loan_id
        left join lateral reference.rate_on(l.currency, (m.occurred_at at time zone 'UTC')::date) r on true
        order by m.place
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function caas.publish_loans() returns trigger
language plpgsql as $$
begin
    perform caas.publish_movements('credit', 'loan_disbursement', 'completed',
        array_agg(n.loan_id), array_agg(n.loan_id), array_agg(1::smallint),
        array_agg(n.principal), array_agg(n.disbursed_at))
    from new_rows n;
    return null;
end
$$;

create or replace function caas.publish_repayments() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform caas.publish_movements('debit', 'loan_repayment', 'completed',
            array_agg(n.loan_id), array_agg(n.loan_id || '-' || n.instalment), array_agg(n.attempt),
            array_agg(n.paid_amount), array_agg(n.paid_at))
        from new_rows n
        where n.paid_amount > 0;
    else
        perform caas.publish_movements('debit', 'loan_repayment', 'completed',
            array_agg(n.loan_id), array_agg(n.loan_id || '-' || n.instalment), array_agg(n.attempt),
            array_agg(n.paid_amount), array_agg(n.paid_at))
        from new_rows n
        join old_rows o using (loan_id, instalment)
        where n.paid_amount > o.paid_amount;
        -- A payment that came back is the movement that it was, at its own time.
        perform caas.publish_movements('debit', 'loan_repayment', 'reversed',
            array_agg(o.loan_id), array_agg(o.loan_id || '-' || o.instalment), array_agg(o.attempt),
            array_agg(o.paid_amount), array_agg(o.paid_at))
        from new_rows n
        join old_rows o using (loan_id, instalment)
        where n.paid_amount < o.paid_amount;
    end if;
    return null;
end
$$;

-- One that is paid again is another movement: its first payment was made, and taken back.
create or replace function caas.count_attempt() returns trigger
language plpgsql as $$
begin
    new.attempt := old.attempt + 1;
    return new;
end
$$;

create or replace trigger count_attempt before update on caas.loan_repayments
for each row when (new.paid_amount < old.paid_amount) execute function caas.count_attempt();

create or replace trigger publish_inserted after insert on caas.loans
referencing new table as new_rows
for each statement execute function caas.publish_loans();

create or replace trigger publish_inserted after insert on caas.loan_repayments
referencing new table as new_rows
for each statement execute function caas.publish_repayments();

create or replace trigger publish_updated after update on caas.loan_repayments
referencing old table as old_rows new table as new_rows
for each statement execute function caas.publish_repayments();
