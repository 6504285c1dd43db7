"""Drift in Dagster: what stands on the drifting table stops with a message for its owner, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import psycopg
import pytest

from contracts.settings import Settings
from contracts.tables import Table, find_table
from sources.migrations import migrate

# Dagster's own.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

BROKEN, WIDER, WHOLE = (find_table("finflow", name) for name in ("chargebacks", "customers", "tenants"))


@pytest.fixture
def operations(postgres: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    for name, value in postgres.child_environment().items():
        monkeypatch.setenv(name, value)
    migrate(postgres)
    with psycopg.connect(postgres.database_url("operations"), autocommit=True) as connection:
        yield connection


def silver_key(table: Table) -> dg.AssetKey:
    return dg.AssetKey(table.silver.split("."))


def layers(table: Table) -> list[dg.AssetsDefinition]:
    """A table's silver, and what stands on it."""

    @dg.asset(key=silver_key(table))
    def silver() -> None: ...

    @dg.asset(key=["marts", table.name], deps=[silver])
    def mart() -> None: ...

    return [silver, mart]


def test_only_what_stands_on_the_drifting_table_stops(operations: psycopg.Connection[tuple[object, ...]]) -> None:
    # Dagster warns of itself while a resource's class is made.
    from pipelines.lakehouse.definitions import LakeResource  # noqa: PLC0415
    from pipelines.lakehouse.drift.definitions import IS_DECLARED, KEEPS_COLUMNS, drift_check  # noqa: PLC0415

    column = BROKEN.columns[-1].name
    operations.execute(f"alter table finflow.{BROKEN.name} rename column {column} to renamed".encode())
    operations.execute(b"alter table finflow.customers add column loyalty text")
    try:
        tables = (BROKEN, WIDER, WHOLE)
        run = dg.materialize(
            [*(asset for table in tables for asset in layers(table)), *map(drift_check, tables)],
            resources={"lake": LakeResource()},
            instance=dg.DagsterInstance.ephemeral(),
            raise_on_error=False,
        )
    finally:
        operations.execute(f"alter table finflow.{BROKEN.name} rename column renamed to {column}".encode())
        operations.execute(b"alter table finflow.customers drop column loyalty")
    assert not run.success
    made = {event.asset_key.to_user_string() for event in run.get_asset_materialization_events() if event.asset_key}
    assert made == {
        *(silver_key(table).to_user_string() for table in tables),
        "marts/customers",
        "marts/tenants",
    }
    failed = {
        (one.asset_key.path[1], one.check_name): one for one in run.get_asset_check_evaluations() if not one.passed
    }
    assert failed.keys() == {
        ("finflow__chargebacks", KEEPS_COLUMNS),
        ("finflow__chargebacks", IS_DECLARED),
        ("finflow__customers", IS_DECLARED),
    }
    told = failed["finflow__chargebacks", KEEPS_COLUMNS]
    assert told.severity == dg.AssetCheckSeverity.ERROR
    assert told.description is not None
    assert told.description.startswith(f"finflow.chargebacks.{column}: declared, and gone at the source")
    assert told.description.endswith("Owner: team:payments-suite.")
    assert failed["finflow__customers", IS_DECLARED].severity == dg.AssetCheckSeverity.WARN
