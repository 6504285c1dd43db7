-- The register of regulator reports. A filed version is never changed nor removed: what differs later is a new sequence.
-- Sequence 0 is the preview of a window that is still open, replaced at each run.
create table if not exists reports (
    report_id text primary key,
    regulator text not null,
    report_type text not null,
    jurisdiction char(2) not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    sequence integer not null check (sequence >= 0),
    status text not null check (status in ('open', 'filed', 'invalid', 'withdrawn')),
    valid boolean,
    due_at timestamptz not null,
    file_path text,
    evidence_path text,
    content_sha256 text,
    created_at timestamptz not null,
    report_key text not null,
    submission text not null check (submission in ('submit', 'change', 'delete')),
    reason text not null,
    aggregation text not null,
    order_ids text[] not null,
    total_minor bigint not null,
    currency char(3) not null,
    facts_sha256 text not null,
    unique (report_key, sequence),
    check (status <> 'filed' or (valid and file_path is not null))
);

comment on table reports is 'Regulator reports by version; paths are relative to settings.reports_directory.';
comment on column reports.content_sha256 is 'Of the file, as sha256sum gives it.';
comment on column reports.facts_sha256 is 'Of what is told without names: decides whether a new version is due.';

create index if not exists reports_by_due on reports (due_at);

create or replace function keep_filed_reports() returns trigger language plpgsql as $$
begin
    if old.sequence > 0 then
        raise exception 'report % is registered and stays as it is', old.report_id;
    end if;
    return coalesce(new, old);
end
$$;

create or replace trigger reports_are_kept
    before update or delete on reports
    for each row execute function keep_filed_reports();

-- Every reading of names for a report, written before they are read.
create table if not exists report_access (
    report_id text not null,
    purpose text not null,
    parties integer not null,
    accessed_by text not null default current_user,
    accessed_at timestamptz not null default clock_timestamp()
);

comment on table report_access is 'Who read direct identifiers for which report; it holds no identifier itself.';

create index if not exists report_access_by_report on report_access (report_id);
