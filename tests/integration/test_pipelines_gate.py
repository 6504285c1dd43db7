"""A real run with planted faults: what stands on a table that is not fit is held back, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator

import dagster as dg
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from contracts.canonical import load_canonical
from contracts.settings import Settings
from contracts.tables import find_table, load_systems
from pipelines.gate import KEEPS_COLUMNS, held_back
from pipelines.lakehouse.canonical import canonical_inputs
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.refresh import prepare_session
from sources.migrations import migrate
from tests.unit.pipelines.lakes import Json, change, land

# Dagster's resources ask pydantic in a way that it calls deprecated.
pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

MERCHANT: Json = {
    "tenant_id": "m1",
    "name": "Tienda",
    "jurisdiction": "US",
    "currency": "USD",
    "created_at": "2026-11-01T00:00:00Z",
}
ACCOUNT: Json = {"tenant_id": "m1", "ledger_account": "1000", "name": "Cash", "account_class": "asset"}


@pytest.fixture(scope="module")
def platform(postgres: Settings) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in postgres.child_environment().items():
            patch.setitem(os.environ, name, value)
        migrate(postgres)
        yield postgres


@pytest.fixture(scope="module")
def lake(platform: Settings) -> Iterator[Lake]:
    with open_lake(platform) as opened:
        prepare_session(opened, platform)
        yield opened


IS_DECLARED = "source_is_declared"


def declared() -> dg.Definitions:
    """Silver and its copies, imported where deprecations are no errors."""
    from pipelines.lakehouse.definitions import definitions  # noqa: PLC0415 - as the docstring says
    from pipelines.warehouse.copies import load_warehouse  # noqa: PLC0415 - likewise

    return dg.Definitions.merge(definitions, dg.Definitions(assets=[load_warehouse]))


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    definitions = declared()
    job = dg.define_asset_job("line", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor)
    resolved = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])).resolve_job_def("line")
    return resolved.execute_in_process(instance=instance, raise_on_error=False)


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    keys = (event.asset_key for event in result.get_asset_materialization_events())
    return {key.to_user_string() for key in keys if key is not None}


def copied(settings: Settings, table: str) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        return connection.execute(f"select * from lake_silver.{table}".encode()).fetchall()


def put(lake: Lake, app: str, name: str, row: Json, lsn: int) -> None:
    table = find_table(app, name)
    land(lake, table.bronze, table.topic, [change("c", row, lsn)], lsn)


def test_one_fault_holds_back_what_stands_on_it_and_is_healed_by_the_next_change(
    lake: Lake, platform: Settings
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        put(lake, "finflow", "tenants", MERCHANT, 1)
        put(lake, "finflow", "chart_of_accounts", ACCOUNT, 1)
        everything = made(run(instance))
        assert "lake_silver/finflow__chart_of_accounts" in everything

        # A class that no contract declares.
        put(lake, "finflow", "chart_of_accounts", {**ACCOUNT, "account_class": "magic"}, 2)
        put(lake, "finflow", "tenants", {**MERCHANT, "tenant_id": "m2"}, 2)
        result = run(instance)
        assert held_back(instance, ["silver.finflow__chart_of_accounts", "silver.finflow__tenants"]) == {
            "silver.finflow__chart_of_accounts"
        }
        assert everything - made(result) == {"lake_silver/finflow__chart_of_accounts"}
        assert [row[3] for row in copied(platform, "finflow__chart_of_accounts")] == ["asset"]
        assert len(copied(platform, "finflow__tenants")) == 2
        failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
        assert {
            check.asset_key.to_user_string() for check in failed if check.severity == dg.AssetCheckSeverity.ERROR
        } == {"silver/finflow__chart_of_accounts"}

        put(lake, "finflow", "chart_of_accounts", ACCOUNT, 3)
        assert made(run(instance)) == everything


def test_a_table_that_cannot_be_refreshed_leaves_its_system_alone(lake: Lake) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        broken = find_table("finflow", "customers")
        before = made(run(instance))
        lake.catalog.drop_table(broken.bronze) if lake.find(broken.bronze) else None
        rows = pa.table({"nothing": pa.array(["that silver reads"])})
        lake.catalog.create_table(broken.bronze, rows.schema).append(rows)
        after = made(run(instance))
        assert before - after == {
            "silver/finflow__customers",
            "silver_history/finflow__customers",
            "lake_silver/finflow__customers",
            *(one.silver.replace(".", "/") for one in load_canonical() if broken.silver in canonical_inputs(one)),
        }
        lake.catalog.drop_table(broken.bronze)


def test_drift_at_the_source_holds_back_the_table_and_tells_its_owner(platform: Settings) -> None:
    broken, wider = find_table("finflow", "chargebacks"), find_table("finflow", "customers")
    column = broken.columns[-1].name
    with (
        dg.DagsterInstance.ephemeral() as instance,
        psycopg.connect(platform.database_url("operations"), autocommit=True) as operations,
    ):
        everything = made(run(instance))
        operations.execute(f"alter table finflow.chargebacks rename column {column} to renamed".encode())
        operations.execute(b"alter table finflow.customers add column loyalty text")
        try:
            result = run(instance)
        finally:
            operations.execute(f"alter table finflow.chargebacks rename column renamed to {column}".encode())
            operations.execute(b"alter table finflow.customers drop column loyalty")
        assert everything - made(result) == {"lake_silver/finflow__chargebacks"}
        failed = {
            (one.asset_key.path[1], one.check_name): one
            for one in result.get_asset_check_evaluations()
            if not one.passed
        }
        assert {key for key in failed if key[1] in {KEEPS_COLUMNS, IS_DECLARED}} == {
            ("finflow__chargebacks", KEEPS_COLUMNS),
            ("finflow__chargebacks", IS_DECLARED),
            (f"finflow__{wider.name}", IS_DECLARED),
        }
        told = failed["finflow__chargebacks", KEEPS_COLUMNS]
        assert told.severity == dg.AssetCheckSeverity.ERROR
        assert str(told.description).startswith(f"finflow.chargebacks.{column}: declared, and gone at the source")
        assert str(told.description).endswith("Owner: team:payments-suite.")
        assert failed["finflow__customers", IS_DECLARED].severity == dg.AssetCheckSeverity.WARN
        assert made(run(instance)) == everything


def test_every_system_is_one_step() -> None:
    steps = {node.node_def.name for node in declared().assets or () if isinstance(node, dg.AssetsDefinition)}
    assert {f"silver__{system.app}" for system in load_systems()} <= steps
