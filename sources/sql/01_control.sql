-- What change capture needs beside the tables of the systems.
create schema if not exists cdc_control;
create schema if not exists reference;
create schema if not exists events;

comment on schema cdc_control is 'Change capture: heartbeat and outbox housekeeping.';
comment on schema reference is 'Currencies and rates, loaded from contracts/money.';
comment on schema events is 'Builds and checks events; its functions are generated from contracts/events.';

-- The connector writes here on an idle database, so that its slot still moves.
create table if not exists cdc_control.heartbeat (
    id integer primary key,
    beat_at timestamptz not null
);

create or replace function cdc_control.create_outbox(system_schema text) returns void
language plpgsql as $$
begin
    execute format(
        'create table if not exists %I.outbox (
            event_id uuid primary key default uuidv7(),
            topic text not null,
            key text not null,
            envelope jsonb not null,
            created_at timestamptz not null default clock_timestamp()
        )', system_schema);
    execute format('create index if not exists outbox_created_at on %I.outbox using brin (created_at)', system_schema);
end
$$;

-- Deletes published events; the number of rows that went. An event is published as soon as its transaction is captured,
-- so the age only says for how long a person can still look at it here.
create or replace function cdc_control.clean_outbox(system_schema text, older_than_days integer) returns bigint
language plpgsql as $$
declare
    deleted bigint;
begin
    if older_than_days is null or older_than_days < 1 then
        raise exception 'older_than_days: % is less than a day', older_than_days using errcode = 'invalid_parameter_value';
    end if;
    execute format('delete from %I.outbox where created_at < now() - make_interval(days => $1)', system_schema)
        using older_than_days;
    get diagnostics deleted = row_count;
    return deleted;
end
$$;

create or replace function cdc_control.touch_updated_at() returns trigger
language plpgsql as $$
begin
    if new.updated_at is not distinct from old.updated_at then
        new.updated_at := now();
    end if;
    return new;
end
$$;
