"""The operational tables' DDL, generated from contracts/tables: every statement may be run again."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.tables import TENANT, Column, Table, find_table


def table_statements(table: Table, existing: frozenset[str]) -> Iterator[str]:
    """What brings one table to its declaration; `existing` are its present columns, empty when it is new.

    A column that was declared later is added. Columns are never dropped, and no type is changed: both need a person.
    """
    name = qualified(table)
    if existing:
        for column in table.columns:
            if column.name not in existing:
                yield f"alter table {name} add column {_column(table, column)}"
    else:
        yield _create(table)
    # Full before images: erasure and audit must see what an update or a delete took away.
    yield f"alter table {name} replica identity full"
    yield from (
        f"create index if not exists {table.name}_{column}_index on {name} ({column})" for column in table.indexes
    )
    yield from _comments(table)
    if any(column.name == "updated_at" for column in table.columns):
        yield (
            f"create or replace trigger touch_updated_at before update on {name} "
            "for each row execute function cdc_control.touch_updated_at()"
        )
    if table.scope == "tenant":
        yield f"select tenancy.guard('{name}')"
        yield from (statement for column in table.columns for statement in _tenant_link(table, column))
        yield f"grant select, insert, update, delete on {name} to tenants"


def qualified(table: Table) -> str:
    """The table's name with its schema."""
    return f"{table.schema_name}.{table.name}"


def _create(table: Table) -> str:
    parts = [_column(table, column) for column in table.columns]
    parts.append(f"primary key ({', '.join(table.key)})")
    placed = f" partition by list ({TENANT})" if table.scope == "tenant" else ""
    return f"create table {qualified(table)} (\n    " + ",\n    ".join(parts) + f"\n){placed}"


def _column(table: Table, column: Column) -> str:
    parts = [column.name, column.type]
    if not column.optional:
        parts.append("not null")
    default = column.default or ("now()" if column.name == "updated_at" else None)
    if default is not None:
        parts.append(f"default {default}")
    parts.extend(f"check ({condition})" for condition in _conditions(column))
    if column.references is not None and not any(_tenant_link(table, column)):
        target, key = column.references.split(".")
        parts.append(f"references {table.schema_name}.{target} ({key})")
    return " ".join(parts)


def _tenant_link(table: Table, column: Column) -> Iterator[str]:
    """Tells the foreign key between two tables of tenants, which each tenant's partition gets: a row refers to its own's."""
    if column.references is None or table.scope != "tenant":
        return
    target, key = column.references.split(".")
    if find_table(table.app, target).scope == "tenant":
        values = ", ".join(map(literal, (qualified(table), column.name, target, key)))
        yield (
            f"insert into tenancy.links values ({values}) on conflict (source, source_column) do update"  # noqa: S608
            " set (target, target_column) = (excluded.target, excluded.target_column)"
        )


def _conditions(column: Column) -> Iterator[str]:
    if column.check is not None:
        yield column.check
    if column.values:
        yield f"{column.name} in ({', '.join(literal(value) for value in column.values)})"


def _comments(table: Table) -> Iterator[str]:
    yield f"comment on table {qualified(table)} is {literal(table.description)}"
    for column in table.columns:
        yield f"comment on column {qualified(table)}.{column.name} is {literal(column.description)}"


def literal(text: str) -> str:
    """A text as a SQL literal; for contracts' own texts, never for data from outside."""
    return "'" + text.replace("'", "''") + "'"
