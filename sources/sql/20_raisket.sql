-- A bureau is asked only under a consent that holds, and answers only what it was asked; then raisket's events.
do $$
begin
    if not exists (select from pg_constraint where conname = 'partners_parent_partner_id_fkey') then
        alter table raisket.partners add constraint partners_parent_partner_id_fkey
            foreign key (parent_partner_id) references raisket.partners (partner_id);
    end if;
end
$$;

create or replace function raisket.refuse(what text, cause text) returns void
language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', message = format('%s: %s', what, cause);
end
$$;

-- Consents are locked against a revocation that another transaction commits meanwhile.
create or replace function raisket.check_inquiries() returns trigger
language plpgsql as $$
declare
    refused text;
begin
    perform from raisket.consents c where c.consent_id in (select n.consent_id from new_rows n) for share;
    select n.bureau_inquiry_id into refused
    from new_rows n
    join raisket.consents c using (consent_id)
    where c.user_id <> n.user_id or c.purpose <> 'bureau_inquiry'
        or n.inquired_at < c.granted_at or n.inquired_at >= least(c.expires_at, c.revoked_at)
    limit 1;
    if found then
        perform raisket.refuse('raisket.bureau_inquiries ' || refused, 'no consent of the user holds for it');
    end if;
    return null;
end
$$;

create or replace trigger check_inserted after insert on raisket.bureau_inquiries
referencing new table as new_rows
for each statement execute function raisket.check_inquiries();

create or replace function raisket.check_reports() returns trigger
language plpgsql as $$
declare
    refused text;
begin
    perform from raisket.consents c
    where c.consent_id in (
        select i.consent_id from raisket.bureau_inquiries i join new_rows n using (bureau_inquiry_id)
    ) for share;
    select n.bureau_inquiry_id into refused
    from new_rows n
    join raisket.bureau_inquiries i using (bureau_inquiry_id)
    join raisket.consents c using (consent_id)
    where i.user_id <> n.user_id or n.reported_at < i.inquired_at
        or n.reported_at >= least(c.expires_at, c.revoked_at)
    limit 1;
    if found then
        perform raisket.refuse('raisket.bureau_reports ' || refused,
            'it is not of the inquiry''s user, is older than the inquiry, or the consent had ended');
    end if;
    return null;
end
$$;

create or replace trigger check_inserted after insert on raisket.bureau_reports
referencing new table as new_rows
for each statement execute function raisket.check_reports();

-- What a report rests on stays as it was; the answer itself may be corrected by the bureau.
create or replace function raisket.keep_inquiry() returns trigger
language plpgsql as $$
begin
    perform raisket.refuse('raisket.bureau_inquiries ' || old.bureau_inquiry_id, 'an inquiry is never changed');
    return null;
end
$$;

create or replace trigger keep before update on raisket.bureau_inquiries
for each row execute function raisket.keep_inquiry();

create or replace function raisket.keep_report() returns trigger
language plpgsql as $$
begin
    if (new.bureau_inquiry_id, new.user_id, new.reported_at) is distinct from (old.bureau_inquiry_id, old.user_id, old.reported_at) then
        perform raisket.refuse('raisket.bureau_reports ' || old.bureau_inquiry_id, 'whose and when it was is never changed');
    end if;
    return new;
end
$$;

create or replace trigger keep before update on raisket.bureau_reports
for each row execute function raisket.keep_report();

-- A consent ends, and nothing else of it changes; it does not end before what was done under it.
create or replace function raisket.keep_consent() returns trigger
language plpgsql as $$
begin
    if (new.consent_id, new.user_id, new.purpose, new.granted_at) is distinct from (old.consent_id, old.user_id, old.purpose, old.granted_at) then
        perform raisket.refuse('raisket.consents ' || old.consent_id, 'whose, what for and since when is never changed');
    end if;
    if exists (
        select from raisket.bureau_inquiries i
        left join raisket.bureau_reports r using (bureau_inquiry_id)
        where i.consent_id = new.consent_id
            and greatest(i.inquired_at, r.reported_at) >= least(new.expires_at, new.revoked_at)
    ) then
        perform raisket.refuse('raisket.consents ' || old.consent_id, 'it was used after the end that it is given');
    end if;
    return new;
end
$$;

create index if not exists bureau_inquiries_consent_id_index on raisket.bureau_inquiries (consent_id);

create or replace trigger keep before update on raisket.consents
for each row execute function raisket.keep_consent();

-- Every movement of a loan is a leg of the borrower's bank account. A fee is a transfer: the canonical kinds have no fee.
create or replace function raisket.publish_movements(movements raisket.transactions[]) returns void
language plpgsql as $$
begin
    insert into raisket.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic(e.event_type), e.account_id,
        events.envelope(e.event_id, '/raisket', e.event_type, e.transaction_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, events.transaction_type(m.status) as event_type, m.account_id, m.transaction_id,
            events.check_transaction('raisket.transactions', jsonb_strip_nulls(jsonb_build_object(
                'transaction_id', m.transaction_id,
                'leg', case m.kind when 'disbursement' then 'credit' else 'debit' end,
                'attempt', 1,
                'status', m.status,
                'app', 'raisket',
                'tenant_id', 'raisket',
                'jurisdiction', 'MX',
                'kind', case m.kind
                    when 'disbursement' then 'loan_disbursement'
                    when 'repayment' then 'loan_repayment'
                    else 'transfer'
                end,
                'channel', m.channel,
                'account_id', m.account_id,
                'customer_id', m.user_id,
                'counterparty_id', 'raisket',
                'counterparty_country', 'MX',
                'amount_minor', reference.minor_units(m.amount, r.minor_per_unit),
                'currency', m.currency,
                'amount_usd_minor', reference.usd_minor(m.amount, r.minor_per_unit, r.usd_cents_per_minor),
                'rate_id', r.rate_id,
                'occurred_at', events.utc_text(m.occurred_at)
            ))) as data
        from unnest(movements) with ordinality m
        left join lateral reference.rate_on(m.currency, (m.occurred_at at time zone 'UTC')::date) r on true
        order by m.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function raisket.publish_transactions() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform raisket.publish_movements(array(select row(n.*)::raisket.transactions from new_rows n));
    else
        perform raisket.publish_movements(
            array(
                select row(n.*)::raisket.transactions
                from new_rows n
                join old_rows o using (transaction_id)
                where n.status <> o.status
            )
        );
    end if;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on raisket.transactions
referencing new table as new_rows
for each statement execute function raisket.publish_transactions();

create or replace trigger publish_updated after update on raisket.transactions
referencing old table as old_rows new table as new_rows
for each statement execute function raisket.publish_transactions();

create or replace function raisket.publish_users() returns trigger
language plpgsql as $$
begin
    insert into raisket.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('user.registered.v1'), e.user_id,
        events.envelope(e.event_id, '/raisket', 'user.registered.v1', e.user_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.user_id,
            events.check_user('raisket.users', jsonb_build_object(
                'user_id', n.user_id,
                'tenant_id', 'raisket',
                'occurred_at', events.utc_text(n.registered_at)
            )) as data
        from new_rows n
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on raisket.users
referencing new table as new_rows
for each statement execute function raisket.publish_users();

create or replace function raisket.publish_consents(changed raisket.consents[]) returns void
language plpgsql as $$
begin
    insert into raisket.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('consent.changed.v1'), e.user_id,
        events.envelope(e.event_id, '/raisket', 'consent.changed.v1', e.consent_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, c.user_id, c.consent_id,
            events.check_consent('raisket.consents', jsonb_build_object(
                'consent_id', c.consent_id,
                'user_id', c.user_id,
                'tenant_id', 'raisket',
                'purpose', c.purpose,
                'status', c.status,
                'expires_at', events.utc_text(c.expires_at),
                'occurred_at', events.utc_text(coalesce(c.revoked_at, c.granted_at))
            )) as data
        from unnest(changed) with ordinality c
        order by c.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function raisket.publish_consent_changes() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform raisket.publish_consents(array(select row(n.*)::raisket.consents from new_rows n));
    else
        perform raisket.publish_consents(
            array(
                select row(n.*)::raisket.consents
                from new_rows n
                join old_rows o using (consent_id)
                where n.status <> o.status
            )
        );
    end if;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on raisket.consents
referencing new table as new_rows
for each statement execute function raisket.publish_consent_changes();

create or replace trigger publish_updated after update on raisket.consents
referencing old table as old_rows new table as new_rows
for each statement execute function raisket.publish_consent_changes();
