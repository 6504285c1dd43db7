-- A borrower asks for credit; providers have answered.
create or replace function caas.publish_requests() returns trigger
language plpgsql as $$
begin
    insert into caas.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('credit.request.initiated.v1'), e.request_id,
        events.envelope(e.event_id, '/caas', 'credit.request.initiated.v1', e.request_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, n.request_id,
            events.check_credit_request('caas.credit_requests', jsonb_strip_nulls(jsonb_build_object(
                'request_id', n.request_id,
                'borrower_id', n.borrower_id,
                'jurisdiction', n.jurisdiction,
                'amount_minor', reference.minor_units(n.amount, r.minor_per_unit),
                'currency', n.currency,
                'term_months', n.term_months,
                'purpose', n.purpose,
                'is_secured', n.collateral_asset is not null,
                'occurred_at', events.utc_text(n.requested_at)
            ))) as data
        from new_rows n
        left join lateral reference.rate_on(n.currency, (n.requested_at at time zone 'UTC')::date) r on true
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on caas.credit_requests
referencing new table as new_rows
for each statement execute function caas.publish_requests();

-- One event for each request and statement, over all of its quotes: the latest of them says the whole.
create or replace function caas.publish_quotes() returns trigger
language plpgsql as $$
begin
    insert into caas.outbox (event_id, topic, key, envelope)
    select e.event_id, events.topic('provider.quotes.received.v1'), e.request_id,
        events.envelope(e.event_id, '/caas', 'provider.quotes.received.v1', e.request_id, w.written_at, e.data)
    from (
        select uuidv7() as event_id, q.request_id,
            events.check_provider_quotes('caas.provider_quotes', jsonb_strip_nulls(jsonb_build_object(
                'request_id', q.request_id,
                'asked', count(*),
                'approved', count(*) filter (where q.outcome = 'approved'),
                'declined', count(*) filter (where q.outcome = 'declined'),
                'timeouts', count(*) filter (where q.outcome = 'timeout'),
                'best_apr_pct', min(q.apr_pct) filter (where q.outcome = 'approved'),
                'occurred_at', events.utc_text(max(q.sent_at + q.latency_ms * interval '1 millisecond'))
            ))) as data
        from caas.provider_quotes q
        where q.request_id in (select n.request_id from new_rows n)
        group by q.request_id
    ) e
    cross join (select events.utc_text(clock_timestamp()) as written_at) w;
    return null;
end
$$;

create or replace trigger publish_inserted after insert on caas.provider_quotes
referencing new table as new_rows
for each statement execute function caas.publish_quotes();
