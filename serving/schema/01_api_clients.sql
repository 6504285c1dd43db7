-- Who may call the API. A key is kept as its SHA-256 only: keys are random and long, so that no salt is needed.
create table if not exists api_clients (
    client_id text primary key,
    key_sha256 text not null unique check (key_sha256 ~ '^[0-9a-f]{64}$'),
    scopes text[] not null,
    enabled boolean not null default true,
    created_at timestamptz not null default clock_timestamp()
);

comment on table api_clients is 'Callers of the API, the hash of their key and what they may do.';
