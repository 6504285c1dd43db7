-- One credit decision for each application: the first one told wins.
create table if not exists credit_decisions (
    application_id text primary key,
    customer_id text not null,
    product text not null,
    outcome text not null check (outcome in ('approve', 'review', 'decline')),
    probability_of_default double precision not null,
    points integer not null,
    reasons jsonb not null,
    inputs jsonb not null,
    model_version text not null,
    decided_at timestamptz not null,
    published_at timestamptz
);

comment on table credit_decisions is 'Decisions on credit applications with what they were made from.';
comment on column credit_decisions.published_at is 'When Kafka took credit.scored.v1; null is tried again.';

create index if not exists credit_decisions_to_publish on credit_decisions (decided_at) where published_at is null;
