"""The declared tables: names, keys, references, classification."""

from __future__ import annotations

import re

import pytest

from contracts.tables import TENANT, Column, Table, load_systems, load_tables

TABLES = load_tables()
COLUMNS = [(table, column) for table in TABLES for column in table.columns]
PERSONAL = re.compile(r"(^|_)(name|email|birth|address|phone|document)(_|$)")
SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
TYPE_OF_SUFFIX = {"_at": "timestamptz", "_date": "date", "_id": "text", "_pct": "numeric", "_minor": "bigint"}


def label(value: object) -> str:
    return f"{value.app}.{value.name}" if isinstance(value, Table) else getattr(value, "name", str(value))


def columns(table: Table) -> dict[str, Column]:
    return {column.name: column for column in table.columns}


every_table = pytest.mark.parametrize("table", TABLES, ids=label)
every_column = pytest.mark.parametrize(("table", "column"), COLUMNS, ids=label)


@every_table
def test_names_are_snake_case_and_the_key_and_indexes_exist(table: Table) -> None:
    assert SNAKE.match(table.name)
    assert all(SNAKE.match(column.name) for column in table.columns)
    assert table.key
    assert {*table.key, *table.indexes} <= columns(table).keys()
    assert len(columns(table)) == len(table.columns)


@every_table
def test_key_columns_are_never_empty(table: Table) -> None:
    assert not [name for name in table.key if columns(table)[name].optional]


@every_column
def test_a_suffix_says_the_type(table: Table, column: Column) -> None:
    for suffix, kind in TYPE_OF_SUFFIX.items():
        if column.name.endswith(suffix):
            assert column.type.startswith(kind), f"{table.name}.{column.name} is {column.type}"
    if column.type == "timestamptz":
        assert column.name.endswith("_at")
    if column.type == "date":
        assert column.name.endswith("_date")


@every_column
def test_money_has_a_unit_and_a_currency_beside_it(table: Table, column: Column) -> None:
    if column.type == "numeric(18,2)":
        assert column.unit, f"{table.name}.{column.name} does not say its currency"
    if column.unit == "currency":
        linked = {other.references.split(".")[0] for other in table.columns if other.references}
        near = [table, *(other for other in TABLES if other.app == table.app and other.name in linked)]
        assert any("currency" in columns(other) for other in near)


@every_column
def test_a_reference_points_at_the_whole_key_of_an_earlier_table(table: Table, column: Column) -> None:
    if column.references is None:
        return
    target, _, field = column.references.partition(".")
    before = [other for other in TABLES[: TABLES.index(table)] if other.app == table.app]
    (referenced,) = [other for other in before if other.name == target]
    linked = (TENANT, field) if referenced.scope == table.scope == "tenant" else (field,)
    assert referenced.key == linked
    assert columns(referenced)[field].type == column.type


@every_column
def test_what_names_a_person_is_restricted(table: Table, column: Column) -> None:
    if PERSONAL.search(column.name) and column.classification != "public":
        assert column.classification == "restricted", f"{table.app}.{table.name}.{column.name}"
    if column.tag == "direct_identifier":
        assert column.classification == "restricted"


@every_column
def test_no_name_of_a_person_is_public(table: Table, column: Column) -> None:
    """A public name belongs to a tenant, a business, a provider or a ledger account, never to a table of people."""
    if PERSONAL.search(column.name) and column.classification == "public":
        assert column.name == "name"
        organisations = {"tenants", "businesses", "providers", "remittance_partners"}
        assert table.name in {*organisations, "chart_of_accounts", "ledger_accounts"}


@every_column
def test_who_a_row_is_about_is_confidential(table: Table, column: Column) -> None:
    people = {"user_id", "customer_id", "account_id", "beneficiary_id", "conductor_id", "on_behalf_of_id", "device_id"}
    if column.name in people:
        assert column.classification == "confidential", f"{table.name}.{column.name}"


@every_column
def test_descriptions_are_written(table: Table, column: Column) -> None:
    assert column.description.strip(), f"{table.name}.{column.name}"
    assert table.description.strip()


def test_every_system_has_an_owner_and_a_jurisdiction() -> None:
    assert all(system.owner and system.jurisdictions for system in load_systems())


def test_layers_name_tables_by_app() -> None:
    (orders,) = [table for table in TABLES if table.name == "remittance_orders"]
    assert orders.bronze == "bronze.diasporacore__remittance_orders"
    assert orders.silver == "silver.diasporacore__remittance_orders"
    assert orders.topic == "cdc.diasporacore.remittance_orders"
