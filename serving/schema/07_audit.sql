-- Every access to the API: who did what to which subject, and how it ended. Identifiers only.
create table if not exists audit (
    audit_id bigint generated always as identity primary key,
    client_id text,
    action text not null,
    subject_id text,
    status integer not null,
    at timestamptz not null
);

comment on table audit is 'Accesses to the API; client_id is null for callers that were refused.';

create index if not exists audit_by_time on audit (at);
create index if not exists audit_by_subject on audit (subject_id, at) where subject_id is not null;
