-- A payment of nexafi is one leg on its business's account: a debit when money goes out, a credit when it comes in.
create or replace function nexafi.publish_movements(payments nexafi.payments[]) returns void
language plpgsql as $$
begin
    insert into nexafi.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic(e.event_type), e.ledger_account_id,
        events.envelope(e.event_id, '/nexafi', e.event_type, e.payment_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, events.transaction_type(p.status) as event_type, p.ledger_account_id, p.payment_id,
            events.check_transaction('nexafi.payments', jsonb_strip_nulls(jsonb_build_object(
                'transaction_id', p.payment_id,
                'leg', case p.direction when 'in' then 'credit' else 'debit' end,
                'attempt', 1,
                'status', p.status,
                'app', 'nexafi',
                'tenant_id', p.tenant_id,
                'jurisdiction', b.jurisdiction,
                'kind', p.kind,
                'channel', p.channel,
                'account_id', p.ledger_account_id,
                'customer_id', p.business_id,
                'conductor_id', p.user_id,
                'counterparty_id', p.counterparty_id,
                'counterparty_country', p.counterparty_country,
                'amount_minor', reference.minor_units(p.amount, r.minor_per_unit),
                'currency', p.currency,
                'amount_usd_minor', reference.usd_minor(p.amount, r.minor_per_unit, r.usd_cents_per_minor),
                'rate_id', r.rate_id,
                'device_id', p.device_id,
                'ip_country', p.ip_country,
                'occurred_at', events.utc_text(p.occurred_at)
            ))) as data
        from unnest(payments) with ordinality p
        left join nexafi.businesses b on b.business_id = p.business_id
        left join lateral reference.rate_on(p.currency, (p.occurred_at at time zone 'UTC')::date) r on true
        order by p.ordinality
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
end
$$;

create or replace function nexafi.publish_payments() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform nexafi.publish_movements(array(select row(n.*)::nexafi.payments from new_rows n));
    else
        perform nexafi.publish_movements(
            array(
                select row(n.*)::nexafi.payments
                from new_rows n
                join old_rows o using (payment_id)
                where n.status <> o.status
            )
        );
    end if;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on nexafi.payments
referencing new table as new_rows
for each statement execute function nexafi.publish_payments();

create or replace trigger publish_updated after update on nexafi.payments
referencing old table as old_rows new table as new_rows
for each statement execute function nexafi.publish_payments();

create or replace function nexafi.publish_users() returns trigger
language plpgsql as $$
begin
    insert into nexafi.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('user.registered.v1'), e.user_id,
        events.envelope(e.event_id, '/nexafi', 'user.registered.v1', e.user_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.user_id,
            events.check_user('nexafi.users', jsonb_strip_nulls(jsonb_build_object(
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

create or replace trigger publish_inserted after insert on nexafi.users
referencing new table as new_rows
for each statement execute function nexafi.publish_users();

-- No movement is read from another bank without a consent that holds at that instant and is the same business's.
-- The consents are locked against a revocation that runs at the same time.
create or replace function nexafi.refuse_without_consent() returns trigger
language plpgsql as $$
declare
    refused record;
begin
    perform 1 from nexafi.bank_consents c
    where c.bank_consent_id in (select n.bank_consent_id from new_rows n)
    order by c.bank_consent_id
    for share;
    select n.bank_transaction_id, n.bank_consent_id, n.fetched_at, c.expires_at, c.revoked_at, c.business_id = n.business_id as own
    into refused
    from new_rows n
    join nexafi.bank_consents c on c.bank_consent_id = n.bank_consent_id
    where c.business_id <> n.business_id
        or n.fetched_at < c.granted_at
        or n.fetched_at >= least(c.expires_at, coalesce(c.revoked_at, 'infinity'))
    limit 1;
    if found then
        raise exception using
            errcode = 'check_violation',
            message = format('nexafi.bank_transactions: fetched_at of %s (%s) lies outside consent %s, which %s',
                refused.bank_transaction_id, events.utc_text(refused.fetched_at), refused.bank_consent_id,
                case
                    when not refused.own then 'another business gave'
                    when refused.revoked_at < refused.expires_at then 'was revoked at ' || events.utc_text(refused.revoked_at)
                    else 'expires at ' || events.utc_text(refused.expires_at)
                end),
            hint = 'Ask the business to renew its consent.',
            column = 'fetched_at';
    end if;
    return null;
end
$$;

create or replace trigger refuse_inserted after insert on nexafi.bank_transactions
referencing new table as new_rows
for each statement execute function nexafi.refuse_without_consent();

create or replace trigger refuse_updated after update on nexafi.bank_transactions
referencing new table as new_rows
for each statement execute function nexafi.refuse_without_consent();

-- A posting stays within one ledger and one currency. Its two sides are one amount, so it balances by its shape.
create or replace function nexafi.refuse_foreign_accounts() returns trigger
language plpgsql as $$
declare
    refused record;
begin
    select s.ledger_entry_id, a.ledger_account_id, a.currency, a.tenant_id
    into refused
    from (
        select n.ledger_entry_id, n.debit_account_id as ledger_account_id, n.currency, n.tenant_id from new_rows n
        union all
        select n.ledger_entry_id, n.credit_account_id, n.currency, n.tenant_id from new_rows n
    ) s
    join nexafi.ledger_accounts a on a.ledger_account_id = s.ledger_account_id
    where a.currency <> s.currency or a.tenant_id <> s.tenant_id
    limit 1;
    if found then
        raise exception using
            errcode = 'check_violation',
            message = format('nexafi.ledger_entries: currency or tenant_id of %s is not that of its account %s (%s, %s)',
                refused.ledger_entry_id, refused.ledger_account_id, refused.currency, refused.tenant_id),
            column = 'currency';
    end if;
    return null;
end
$$;

create or replace trigger refuse_inserted after insert on nexafi.ledger_entries
referencing new table as new_rows
for each statement execute function nexafi.refuse_foreign_accounts();

create or replace trigger refuse_updated after update on nexafi.ledger_entries
referencing new table as new_rows
for each statement execute function nexafi.refuse_foreign_accounts();
