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

-- Decisions from before offers were made have no terms, and keep having none.
alter table credit_decisions add column if not exists term_months smallint;
alter table credit_decisions add column if not exists jurisdiction char(2);
alter table credit_decisions add column if not exists offer jsonb;
alter table credit_decisions add column if not exists offer_refusal text;
alter table credit_decisions add column if not exists credit_limit jsonb;

comment on column credit_decisions.offer is 'What was offered for the amount and term that were asked for; null for none.';
comment on column credit_decisions.offer_refusal is 'Why one that is not declined got no offer, by its code in contracts/credit.';
comment on column credit_decisions.credit_limit is 'The largest loan that would have been approved then, with its price.';

create index if not exists credit_decisions_by_customer on credit_decisions (customer_id, decided_at);
