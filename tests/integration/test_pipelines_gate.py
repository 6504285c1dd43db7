"""Real runs before, with and after planted faults: what stands on a table that is not fit is held back, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from contracts.canonical import load_canonical
from contracts.settings import Settings
from contracts.tables import find_table, load_systems, load_tables
from pipelines.gate import KEEPS_COLUMNS, held_back
from pipelines.lakehouse.canonical import canonical_inputs
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.expectations import FITS_CONTRACT
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

# Each has a fault of its own.
OF_NO_CLASS = find_table("finflow", "chart_of_accounts")
UNREADABLE = find_table("finflow", "customers")
DRIFTED = find_table("finflow", "chargebacks")
WIDER = find_table("finflow", "payments")
DROPPED = DRIFTED.columns[-1].name


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


@contextmanager
def changed_source(settings: Settings) -> Iterator[None]:
    """A declared column gone and an undeclared one added, for the length of a `with`."""
    with psycopg.connect(settings.database_url("operations"), autocommit=True) as operations:
        operations.execute(f"alter table finflow.chargebacks rename column {DROPPED} to renamed".encode())
        operations.execute(b"alter table finflow.payments add column loyalty text")
        try:
            yield
        finally:
            operations.execute(f"alter table finflow.chargebacks rename column renamed to {DROPPED}".encode())
            operations.execute(b"alter table finflow.payments drop column loyalty")


@contextmanager
def unreadable_bronze(lake: Lake) -> Iterator[None]:
    """A bronze table without the columns that silver reads, for the length of a `with`."""
    rows = pa.table({"nothing": pa.array(["that silver reads"])})
    lake.catalog.create_table(UNREADABLE.bronze, rows.schema).append(rows)
    try:
        yield
    finally:
        lake.catalog.drop_table(UNREADABLE.bronze)


@dataclass(frozen=True)
class Runs:
    """Three runs of one platform; `held` and `copies` are as the faulty run left them."""

    healthy: set[str]
    faulty: dg.ExecuteInProcessResult
    healed: set[str]
    held: frozenset[str]
    copies: dict[str, list[tuple[object, ...]]]

    def failed(self, *names: str) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """The faulty run's failed checks of these names, by table and check."""
        return {
            (one.asset_key.path[1], one.check_name): one
            for one in self.faulty.get_asset_check_evaluations()
            if not one.passed and one.check_name in names
        }


@pytest.fixture(scope="module")
def runs(lake: Lake, platform: Settings) -> Iterator[Runs]:
    with dg.DagsterInstance.ephemeral() as instance:
        put(lake, "finflow", "tenants", MERCHANT, 1)
        put(lake, "finflow", "chart_of_accounts", ACCOUNT, 1)
        healthy = made(run(instance))

        put(lake, "finflow", "chart_of_accounts", {**ACCOUNT, "account_class": "magic"}, 2)
        put(lake, "finflow", "tenants", {**MERCHANT, "tenant_id": "m2"}, 2)
        with changed_source(platform), unreadable_bronze(lake):
            faulty = run(instance)
        held = held_back(instance, [table.silver for table in load_tables()])
        copies = {name: copied(platform, f"finflow__{name}") for name in ("chart_of_accounts", "tenants")}

        put(lake, "finflow", "chart_of_accounts", ACCOUNT, 3)
        yield Runs(healthy, faulty, made(run(instance)), held, copies)


def test_a_healthy_run_makes_every_table(runs: Runs) -> None:
    assert {"lake_silver/finflow__chart_of_accounts", UNREADABLE.silver.replace(".", "/")} <= runs.healthy


def test_what_stands_on_a_fault_is_held_back_and_nothing_else(runs: Runs) -> None:
    assert runs.held == {OF_NO_CLASS.silver, UNREADABLE.silver, DRIFTED.silver}
    assert runs.healthy - made(runs.faulty) == {
        "lake_silver/finflow__chart_of_accounts",
        "lake_silver/finflow__chargebacks",
        "lake_silver/finflow__customers",
        "silver/finflow__customers",
        "silver_history/finflow__customers",
        *(one.silver.replace(".", "/") for one in load_canonical() if UNREADABLE.silver in canonical_inputs(one)),
    }


def test_what_is_held_back_keeps_its_last_good_content(runs: Runs) -> None:
    assert [row[3] for row in runs.copies["chart_of_accounts"]] == ["asset"]
    assert len(runs.copies["tenants"]) == 2


def test_each_fault_fails_the_check_of_its_own_table(runs: Runs) -> None:
    failed = runs.failed(FITS_CONTRACT, KEEPS_COLUMNS, IS_DECLARED)
    assert {key for key, one in failed.items() if one.severity == dg.AssetCheckSeverity.ERROR} == {
        ("finflow__chart_of_accounts", FITS_CONTRACT),
        ("finflow__customers", FITS_CONTRACT),
        ("finflow__chargebacks", KEEPS_COLUMNS),
    }
    assert {key for key, one in failed.items() if one.severity == dg.AssetCheckSeverity.WARN} == {
        ("finflow__chargebacks", IS_DECLARED),
        (f"finflow__{WIDER.name}", IS_DECLARED),
    }


def test_drift_at_the_source_names_table_column_and_owner(runs: Runs) -> None:
    told = str(runs.failed(KEEPS_COLUMNS)["finflow__chargebacks", KEEPS_COLUMNS].description)
    assert told.startswith(f"finflow.chargebacks.{DROPPED}: declared, and gone at the source")
    assert told.endswith("Owner: team:payments-suite.")


def test_the_next_run_without_faults_makes_everything_again(runs: Runs) -> None:
    assert runs.healed == runs.healthy


def test_every_system_is_one_step() -> None:
    steps = {node.node_def.name for node in declared().assets or () if isinstance(node, dg.AssetsDefinition)}
    assert {f"silver__{system.app}" for system in load_systems()} <= steps
