"""DDL: what a declaration says is what PostgreSQL is told."""

from __future__ import annotations

import pytest

from contracts.tables import Column, Table, find_table, load_tables
from sources.ddl import table_statements


@pytest.mark.parametrize("table", load_tables(), ids=lambda table: f"{table.app}.{table.name}")
def test_every_column_and_the_key_are_created(table: Table) -> None:
    create = next(
        statement for statement in table_statements(table, frozenset()) if statement.startswith("create table")
    )
    for column in table.columns:
        assert f"\n    {column.name} {column.type}" in create
    assert f"primary key ({', '.join(table.key)})" in create


def test_constraints_come_from_the_declaration() -> None:
    create = "\n".join(table_statements(find_table("diasporacore", "account_transactions"), frozenset()))
    assert "check (amount > 0)" in create
    assert "check (leg in ('debit', 'credit'))" in create
    assert "('diasporacore.account_transactions', 'account_id', 'accounts', 'account_id')" in create
    assert ") partition by list (tenant_id)" in create
    assert "counterparty_id text," in create
    assert "create index if not exists account_transactions_occurred_at_index" in create


def test_a_column_declared_later_is_added_and_nothing_created_again() -> None:
    table = find_table("diasporacore", "devices")
    later = table.model_copy(
        update={
            "columns": (
                *table.columns,
                Column.model_validate({"name": "os", "type": "text", "optional": True, "description": "It's"}),
            )
        }
    )
    statements = list(table_statements(later, frozenset(column.name for column in table.columns)))
    assert statements[0] == "alter table diasporacore.devices add column os text"
    assert not any(statement.startswith("create table") for statement in statements)
    assert "comment on column diasporacore.devices.os is 'It''s'" in statements
