-- What recommendations are told of the credit aggregator's providers: copies of two marts, replaced whole by whoever
-- builds these (pipelines/warehouse/publish.py). A row says until when it knew something, for readers to judge its age.
create table if not exists provider_health (
    provider_id text primary key,
    asked bigint not null,
    answered bigint not null,
    latency_p95_ms integer,
    breaker text check (breaker in ('closed', 'half_open', 'open')),
    checked_at timestamptz
);

comment on table provider_health is 'Answers and breaker of each provider: marts.rpt_provider_health.';
comment on column provider_health.checked_at is 'The newest check, which breaker is of; null for a provider without one.';

create table if not exists provider_terms (
    provider_id text not null,
    score_from integer not null,
    score_to integer,
    provider_name text not null,
    jurisdiction char(2) not null,
    answered bigint not null,
    offered bigint not null check (offered between 1 and answered),
    rate_pct numeric(6, 3) not null check (rate_pct > 0),
    primary key (provider_id, score_from)
);

-- Tables from before terms had an age; their rows have none until they are published again.
alter table provider_terms add column if not exists quoted_at timestamptz;

comment on table provider_terms is 'What each provider offers to people with such a bureau score: marts.rpt_provider_terms.';
comment on column provider_terms.score_to is 'First score of the next band; null for the last band.';
comment on column provider_terms.rate_pct is 'Middle nominal rate of its offers, in percent a year.';
comment on column provider_terms.quoted_at is 'The newest request that it answered; terms without one pass for stale.';

create index if not exists provider_terms_by_jurisdiction on provider_terms (jurisdiction, score_from);
