-- What compliance must look at, once for each typology, window and party.
create table if not exists alerts (
    alert_id text primary key,
    rule_id text not null,
    typology text not null,
    severity text not null check (severity in ('low', 'medium', 'high')),
    jurisdiction char(2) not null,
    app text not null,
    party_id text not null,
    account_id text not null,
    window_started_at timestamptz not null,
    transaction_id text not null,
    leg text not null,
    amount_usd_minor bigint not null,
    occurred_at timestamptz not null,
    raised_at timestamptz not null,
    pack_version text not null,
    document jsonb not null,
    recorded_at timestamptz not null default clock_timestamp()
);

-- What an alert is about; none where its rule names no movements.
alter table alerts add column if not exists members jsonb not null generated always as (coalesce(document -> 'members', '[]')) stored;

comment on table alerts is 'Alerts as alert.raised.v1 tells them; the first telling of an alert_id counts.';

create index if not exists alerts_by_time on alerts (raised_at);
create index if not exists alerts_by_party on alerts (party_id, raised_at);

-- Record alerts (a JSON array of alert.raised.v1 data); gives how many were new.
create or replace function record_alerts(documents jsonb) returns integer language plpgsql as $$
declare
    inserted integer;
begin
    insert into alerts (
        alert_id, rule_id, typology, severity, jurisdiction, app, party_id, account_id, window_started_at,
        transaction_id, leg, amount_usd_minor, occurred_at, raised_at, pack_version, document
    )
    select
        told ->> 'alert_id', told ->> 'rule_id', told ->> 'typology', told ->> 'severity', told ->> 'jurisdiction',
        told ->> 'app', told ->> 'party_id', told ->> 'account_id', (told ->> 'window_started_at')::timestamptz,
        told ->> 'transaction_id', told ->> 'leg', (told ->> 'amount_usd_minor')::bigint,
        (told ->> 'occurred_at')::timestamptz, (told ->> 'raised_at')::timestamptz, told ->> 'pack_version', told
    from jsonb_array_elements(documents) as entries (told)
    on conflict do nothing;
    get diagnostics inserted = row_count;
    return inserted;
end
$$;
