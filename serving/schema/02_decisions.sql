-- One decision for each movement: the first one told wins, and is what the API reads.
create table if not exists decisions (
    transaction_id text not null,
    leg text not null check (leg in ('debit', 'credit')),
    attempt integer not null,
    origin text not null check (origin in ('live', 'request')),
    mode text not null check (mode in ('job', 'fallback')),
    app text not null,
    tenant_id text,
    jurisdiction char(2) not null,
    kind text not null,
    account_id text not null,
    customer_id text not null,
    amount_usd_minor bigint not null,
    occurred_at timestamptz not null,
    decided_at timestamptz not null,
    sequence bigint not null,
    outcome text not null check (outcome in ('allow', 'review', 'decline')),
    score double precision,
    model_version text,
    pack_version text not null,
    policy_version text not null,
    features_version integer not null,
    rules text[] not null,
    document jsonb not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (transaction_id, leg, attempt)
);

comment on table decisions is 'First decision on each movement, live or asked for before commit; history is not in it.';
comment on column decisions.document is 'The whole decision as transaction.scored.v1 tells it, features included.';
comment on column decisions.recorded_at is 'When it became readable here.';

create index if not exists decisions_by_time on decisions (decided_at);
create index if not exists decisions_by_account on decisions (account_id, decided_at);

-- The job tells its own decisions on transaction.scores; those that the API made alone wait here to be told.
alter table decisions add column if not exists published_at timestamptz;

comment on column decisions.published_at is 'Fallback only: when transaction.scores took it; null while it waits.';

create index if not exists decisions_to_publish on decisions (decided_at)
    where mode = 'fallback' and published_at is null;

-- What was told again and differs: never served, kept to be looked at.
create table if not exists rescored (
    transaction_id text not null,
    leg text not null,
    attempt integer not null,
    content_md5 text not null,
    document jsonb not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (transaction_id, leg, attempt, content_md5)
);

comment on table rescored is 'Later decisions on a movement whose content differs from the one that counts.';

-- The content of a decision: all but the clock of who decided, the way by which the movement came, and the challenger,
-- which decides nothing and may have come or gone before a decision is told again.
create or replace function decision_content(document jsonb) returns jsonb language sql immutable parallel safe as $$
    select document - 'decided_at' - 'origin' - 'shadow_score' - 'shadow_model_version'
$$;

-- Store decisions (a JSON array of transaction.scored.v1 data) on movements that have none; gives how many. History is passed over.
create or replace function store_decisions(documents jsonb) returns integer language plpgsql as $$
declare
    inserted integer;
begin
    with incoming as (
        select distinct on (told ->> 'transaction_id', told ->> 'leg', told ->> 'attempt') told
        from jsonb_array_elements(documents) with ordinality as entries (told, place)
        where told ->> 'origin' <> 'history'
        order by told ->> 'transaction_id', told ->> 'leg', told ->> 'attempt', place
    )
    insert into decisions (
        transaction_id, leg, attempt, origin, mode, app, tenant_id, jurisdiction, kind, account_id, customer_id,
        amount_usd_minor, occurred_at, decided_at, sequence, outcome, score, model_version, pack_version,
        policy_version, features_version, rules, document
    )
    select
        told ->> 'transaction_id', told ->> 'leg', (told ->> 'attempt')::integer, told ->> 'origin', told ->> 'mode',
        told ->> 'app', told ->> 'tenant_id', told ->> 'jurisdiction', told ->> 'kind', told ->> 'account_id',
        told ->> 'customer_id', (told ->> 'amount_usd_minor')::bigint, (told ->> 'occurred_at')::timestamptz,
        (told ->> 'decided_at')::timestamptz, (told ->> 'sequence')::bigint, told ->> 'outcome',
        (told ->> 'score')::double precision, told ->> 'model_version', told ->> 'pack_version',
        told ->> 'policy_version', (told ->> 'features_version')::integer,
        array(select jsonb_array_elements_text(told -> 'rules')), told
    from incoming
    on conflict do nothing;
    get diagnostics inserted = row_count;
    return inserted;
end
$$;

-- Record decisions that were told: absent ones are stored, differing ones go to rescored.
-- The same array recorded twice leaves what it left the first time. History is passed over.
-- Always by the key, one by one: a plan made while the table was small read all of it for each batch, and was kept.
create or replace function record_decisions(documents jsonb)
returns table (inserted integer, differing integer) language plpgsql set enable_seqscan = off as $$
begin
    inserted := store_decisions(documents);
    differing := 0;
    if inserted = jsonb_array_length(documents) then
        return next;
        return;
    end if;

    insert into rescored (transaction_id, leg, attempt, content_md5, document)
    select stored.transaction_id, stored.leg, stored.attempt, md5(decision_content(told)::text), told
    from jsonb_array_elements(documents) as entries (told)
    cross join lateral (
        select d.transaction_id, d.leg, d.attempt, d.document from decisions as d
        where d.transaction_id = told ->> 'transaction_id'
            and d.leg = told ->> 'leg'
            and d.attempt = (told ->> 'attempt')::integer
        limit 1
    ) as stored
    where told ->> 'origin' <> 'history'
        and case
            when stored.document = told then false
            else decision_content(stored.document) <> decision_content(told)
        end
    on conflict do nothing;
    get diagnostics differing = row_count;
    return next;
end
$$;
