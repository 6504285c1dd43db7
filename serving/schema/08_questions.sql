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

-- The first question on a movement (null when it was decided without one) and its decision (null while there is none).
-- The question is not waited for on disk: the decision that follows it in the log takes it along.
-- Always by the keys: a plan made while the tables were small would read them whole, and be kept.
create or replace function ask_decision(about_transaction text, about_leg text, about_attempt integer, own jsonb)
returns table (first_asked jsonb, decided jsonb) language plpgsql set enable_seqscan = off as $$
begin
    select d.document into decided from decisions as d
    where d.transaction_id = about_transaction and d.leg = about_leg and d.attempt = about_attempt;
    if decided is null then
        perform set_config('synchronous_commit', 'off', true);
        insert into questions (transaction_id, leg, attempt, asked)
        values (about_transaction, about_leg, about_attempt, own)
        on conflict do nothing;
    end if;
    select q.asked into first_asked from questions as q
    where q.transaction_id = about_transaction and q.leg = about_leg and q.attempt = about_attempt;
    return next;
end
$$;
