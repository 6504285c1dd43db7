-- Messages that broke their contract, by the place where they stand in Kafka, whole, so that they can be replayed.
create table if not exists quarantine (
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    message_key text,
    field text not null,
    error text not null,
    payload text not null,
    quarantined_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (topic, partition, record_offset)
);

comment on table quarantine is 'Messages refused by the stream or the recorder; field is the first that breaks the contract.';
comment on column quarantine.payload is 'As it came; U+0000, which PostgreSQL cannot hold, is written as \u0000.';

create index if not exists quarantine_by_time on quarantine (quarantined_at);
