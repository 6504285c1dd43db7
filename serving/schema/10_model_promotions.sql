-- Who let which model be served, in order: the last row of a model names its champion (docs/decisions/0029-named-approval.md).
-- A row is written before anything is served by it, and never changed nor removed: only the moment from which everything
-- followed it is filled in, once.
create table if not exists model_promotions (
    model text not null,
    sequence integer not null check (sequence > 0),
    action text not null check (action in ('approved', 'first_champion', 'rolled_back')),
    number text not null,
    model_version text not null,
    content_sha256 text not null,
    previous text,
    decided_by text check (btrim(decided_by) <> ''),
    role text not null,
    reason text not null check (btrim(reason) <> ''),
    decided_at timestamptz not null,
    in_effect_at timestamptz,
    primary key (model, sequence),
    check ((decided_by is null) = (action = 'first_champion'))
);

comment on table model_promotions is 'Approvals of models and rollbacks; it is only appended to.';
comment on column model_promotions.number is 'Of the version in MLflow''s registry.';
comment on column model_promotions.model_version is 'The artefact''s own name, which decisions carry.';
comment on column model_promotions.content_sha256 is 'Of the ONNX file.';
comment on column model_promotions.previous is 'The number that was champion before; null where nothing was served.';
comment on column model_promotions.decided_by is 'The person; null where the declared policy let the first champion be served.';
comment on column model_promotions.in_effect_at is 'Null until file, alias and tags followed; repeating the command completes them.';

create or replace function keep_model_promotions() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if old.in_effect_at is null
            and to_jsonb(new) - 'in_effect_at' = to_jsonb(old) - 'in_effect_at' then
            return new;
        end if;
    end if;
    raise exception 'the history of promotions is only appended to';
end
$$;

create or replace trigger model_promotions_are_kept
    before update or delete on model_promotions
    for each row execute function keep_model_promotions();

create or replace trigger model_promotions_stay
    before truncate on model_promotions
    for each statement execute function keep_model_promotions();
