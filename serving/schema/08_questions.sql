-- What was asked first about a movement that had no decision yet: a later question may repeat it and not change it.
create table if not exists questions (
    transaction_id text not null,
    leg text not null check (leg in ('debit', 'credit')),
    attempt integer not null,
    asked jsonb not null,
    asked_at timestamptz not null default clock_timestamp(),
    primary key (transaction_id, leg, attempt)
);

comment on table questions is 'First question on each movement: the fields that its decision holds for; identifiers only.';

-- Each question of an array (transaction_id, leg, attempt, asked), in its order: what was asked first about the movement (null when it was
-- decided without a question) and its decision (null while there is none).
-- A question is not waited for on disk: the decision that follows it in the log takes it along.
-- Always by the keys, one by one: a plan made while the tables were small would read them whole, and be kept.
create or replace function ask_decisions(questions_asked jsonb)
returns table (first_asked jsonb, decided jsonb) language plpgsql set enable_seqscan = off as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    insert into questions (transaction_id, leg, attempt, asked)
    select distinct on (q.transaction_id, q.leg, q.attempt) q.transaction_id, q.leg, q.attempt, q.asked
    from rows from (
        jsonb_to_recordset(questions_asked) as (transaction_id text, leg text, attempt integer, asked jsonb)
    ) with ordinality as q (transaction_id, leg, attempt, asked, place)
    where (
        select true from decisions as d
        where d.transaction_id = q.transaction_id and d.leg = q.leg and d.attempt = q.attempt
        limit 1
    ) is null
    order by q.transaction_id, q.leg, q.attempt, q.place
    on conflict do nothing;
    return query
    select
        (
            select f.asked from questions as f
            where f.transaction_id = q.transaction_id and f.leg = q.leg and f.attempt = q.attempt
            limit 1
        ),
        (
            select d.document from decisions as d
            where d.transaction_id = q.transaction_id and d.leg = q.leg and d.attempt = q.attempt
            limit 1
        )
    from rows from (
        jsonb_to_recordset(questions_asked) as (transaction_id text, leg text, attempt integer)
    ) with ordinality as q (transaction_id, leg, attempt, place)
    order by q.place;
end
$$;
