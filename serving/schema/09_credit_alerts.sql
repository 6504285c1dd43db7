-- A customer's credit moved since the application before: at most once for each application.
create table if not exists credit_alerts (
    application_id text primary key references credit_decisions,
    previous_application_id text not null references credit_decisions,
    customer_id text not null,
    movements text[] not null,
    score_before integer not null,
    score_after integer not null,
    bureau_score_before integer,
    bureau_score_after integer,
    raised_at timestamptz not null,
    published_at timestamptz
);

comment on table credit_alerts is 'Moves of a score or a bureau score between two applications of one customer.';
comment on column credit_alerts.score_before is 'Points of the earlier application, by the model of the later one.';
comment on column credit_alerts.score_after is 'Points of the later one for the earlier amount, so that only the customer differs.';
comment on column credit_alerts.published_at is 'When Kafka took risk.assessment.completed.v1; null is tried again.';

-- Alerts from before there were several products are of the first.
alter table credit_alerts add column if not exists product text not null default 'micro_loan';

comment on column credit_alerts.product is 'What both applications were for.';

create index if not exists credit_alerts_to_publish on credit_alerts (raised_at) where published_at is null;
create index if not exists credit_alerts_by_customer on credit_alerts (customer_id, raised_at);
