-- A tenant has its schema from the transaction that inserts it.
create or replace trigger admit_inserted after insert on diasporacore.tenants
referencing new table as new_rows
for each statement execute function tenancy.admit_inserted();

-- After a migration: tables that were declared later, and triggers that changed.
create or replace function tenancy.readmit() returns void
language plpgsql as $$
begin
    perform tenancy.admit('diasporacore', t.tenant_id) from diasporacore.tenants t order by t.tenant_id;
end
$$;
