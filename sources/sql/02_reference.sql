-- Money as contracts/money declares it; the migration loads the rows.
create table if not exists reference.currencies (
    currency char(3) primary key,
    minor_digits smallint not null check (minor_digits between 0 and 4)
);

create table if not exists reference.rates (
    rate_id text primary key,
    currency char(3) not null references reference.currencies (currency),
    valid_from date not null,
    usd_per_unit numeric not null check (usd_per_unit > 0),
    minor_per_unit numeric not null check (minor_per_unit > 0),
    usd_cents_per_minor numeric not null check (usd_cents_per_minor > 0),
    unique (currency, valid_from)
);

-- Half to even, as contracts.money does it; PostgreSQL rounds halves away from zero.
create or replace function reference.round_half_even(value numeric) returns bigint
language plpgsql immutable strict parallel safe as $$
begin
    return case when abs(value - trunc(value)) = 0.5 then 2 * round(value / 2) else round(value) end;
end
$$;

create or replace function reference.minor_units(amount numeric, minor_per_unit numeric) returns bigint
language plpgsql immutable strict parallel safe as $$
begin
    return reference.round_half_even(amount * minor_per_unit);
end
$$;

create or replace function reference.usd_minor(amount numeric, minor_per_unit numeric, usd_cents_per_minor numeric) returns bigint
language plpgsql immutable strict parallel safe as $$
begin
    return reference.round_half_even(reference.round_half_even(amount * minor_per_unit) * usd_cents_per_minor);
end
$$;

-- The rate valid on a day; no row for a currency or a day that has none. Plain SQL, so that the planner sees through it.
create or replace function reference.rate_on(code text, day date)
returns table (rate_id text, minor_per_unit numeric, usd_cents_per_minor numeric)
language sql stable as $$
    select r.rate_id, r.minor_per_unit, r.usd_cents_per_minor
    from reference.rates r
    where r.currency = code and r.valid_from <= day
    order by r.valid_from desc
    limit 1
$$;
