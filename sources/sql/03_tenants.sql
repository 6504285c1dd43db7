-- A tenant has a schema of its own: every table of scope `tenant` is partitioned by tenant_id, and its partitions stand there.
-- Its application works in its schema, as its role; who serves all tenants works on the partitioned tables.
create schema if not exists tenancy;
comment on schema tenancy is 'Tenants: their schemas, roles and the guard between them.';

-- Tenants' roles are members; what it may do through the partitioned tables is cut to the tenant's rows by the guard.
do $$
begin
    if not exists (select from pg_roles where rolname = 'tenants') then
        create role tenants nologin;
    end if;
end
$$;
grant usage on schema tenancy to tenants;

-- The name of its schema and of its role. The declared pattern of a tenant_id has no underscore, so no two share a name.
create or replace function tenancy.schema_of(tenant_id text) returns text
language sql immutable strict parallel safe as $$
    select 'tenant_' || replace(tenant_id, '-', '_')
$$;

-- Row-level security by role: a tenant's role sees and writes its tenant's rows, change capture reads all, others none.
create or replace function tenancy.guard(target regclass) returns void
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('drop policy if exists own_tenant on %s', target);
    execute format(
        'create policy own_tenant on %s to tenants using (tenancy.schema_of(tenant_id) = current_user)', target);
    execute format('drop policy if exists capture on %s', target);
    execute format('create policy capture on %s for select to debezium using (true)', target);
end
$$;

-- Statement triggers fire on the table that a statement names: on the partitioned table, or on one partition, never on both.
create or replace function tenancy.copy_statement_triggers(root regclass, partition regclass) returns void
language plpgsql as $$
declare
    definition text;
begin
    for definition in
        select pg_get_triggerdef(t.oid) from pg_trigger t
        where t.tgrelid = root and not t.tgisinternal and (t.tgtype & 1) = 0
    loop
        execute replace(
            replace(definition, format(' ON %s ', root), format(' ON %s ', partition)),
            'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER');
    end loop;
end
$$;

create or replace function tenancy.roots(system_schema text) returns setof regclass
language sql stable as $$
    select c.oid::regclass from pg_class c
    where c.relnamespace = system_schema::regnamespace and c.relkind = 'p' order by c.oid
$$;

-- Attaching a partition waits for whoever writes a table, on either side of a foreign key. All locks are taken at once, in
-- the order of the tables or in its reverse, and given up before the deadlock detector would choose a writer (after 1 s).
create or replace function tenancy.lock_roots(system_schema text) returns void
language plpgsql as $$
declare
    onward text := (select string_agg('only ' || root, ', ' order by root) from tenancy.roots(system_schema) root);
    backward text := (select string_agg('only ' || root, ', ' order by root desc) from tenancy.roots(system_schema) root);
begin
    for attempt in 1..60 loop
        begin
            perform set_config('lock_timeout', '400ms', true);
            execute format('lock table %s in share row exclusive mode', case attempt % 2 when 1 then onward else backward end);
            perform set_config('lock_timeout', '0', true);
            return;
        exception when lock_not_available then
            perform pg_sleep(0.1 + random() * 0.2);
        end;
    end loop;
    raise exception 'The tables of % were busy for too long to admit a tenant.', system_schema
        using errcode = 'lock_not_available', hint = 'Add the tenant again.';
end
$$;

create or replace function tenancy.place(root regclass, tenant_id text) returns void
language plpgsql as $$
declare
    home text := tenancy.schema_of(tenant_id);
    name text := (select relname from pg_class where oid = root);
    own text := format('%I.%I', home, name);
begin
    if to_regclass(own) is null then
        execute format('create table %s (like %s including defaults including constraints including comments)', own, root);
        execute format('alter table %s attach partition %s for values in (%L)', root, own, tenant_id);
    end if;
    execute format('alter table %s replica identity full', own);
    perform tenancy.guard(own);
    execute format('grant select, insert, update, delete on %s to %I', own, home);
    perform tenancy.copy_statement_triggers(root, own);
end
$$;

-- Bring one tenant to what is declared: its role, its schema, a partition of each table. Any number of times.
create or replace function tenancy.admit(system_schema text, tenant_id text) returns void
language plpgsql as $$
declare
    home text := tenancy.schema_of(tenant_id);
begin
    if not exists (select from pg_roles where rolname = home) then
        execute format('create role %I nologin in role tenants', home);
    end if;
    execute format('create schema if not exists %I', home);
    execute format('grant usage on schema %I, %I to %I', home, system_schema, home);
    perform tenancy.lock_roots(system_schema);
    perform tenancy.place(root, tenant_id) from tenancy.roots(system_schema) root;
end
$$;

create or replace function tenancy.admit_inserted() returns trigger
language plpgsql as $$
begin
    perform tenancy.admit(tg_table_schema, n.tenant_id) from new_rows n order by n.tenant_id;
    return null;
end
$$;
