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

-- Foreign keys between tables of tenants stand on the partitions: a row refers to one in its own schema. A key to a partitioned
-- table would cost twice the time of a bulk, and adding a tenant would have to wait for all its writers.
create table if not exists tenancy.links (
    source text,
    source_column text,
    target text not null,
    target_column text not null,
    primary key (source, source_column)
);

create or replace function tenancy.link_partition(system_schema text, own_schema text, source_table text) returns void
language plpgsql as $$
declare
    link record;
begin
    for link in
        select l.source_column, l.target, l.target_column, l.source_column || '_in_tenant' as name
        from tenancy.links l
        where l.source = system_schema || '.' || source_table
            and not exists (
                select from pg_constraint c
                where c.conrelid = format('%I.%I', own_schema, source_table)::regclass
                    and c.conname = l.source_column || '_in_tenant'
            )
    loop
        execute format(
            'alter table %I.%I add constraint %I foreign key (tenant_id, %I) references %I.%I (tenant_id, %I)',
            own_schema, source_table, link.name, link.source_column, own_schema, link.target, link.target_column);
    end loop;
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
    perform tenancy.link_partition((select relnamespace::regnamespace::text from pg_class where oid = root), home, name);
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
    perform set_config('lock_timeout', '10s', true);
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
