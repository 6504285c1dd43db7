-- Which marts were copied for readers of this database, and when last: an empty copy is told apart from none.
create table if not exists published_copies (
    copied_to text primary key,
    published_at timestamptz not null
);

comment on table published_copies is 'A row for each table that pipelines/warehouse/publish.py replaced at least once.';
comment on column published_copies.copied_to is 'The table of this database whose rows were replaced.';
