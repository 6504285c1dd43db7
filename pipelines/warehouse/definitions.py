"""The warehouse's assets: silver's copies in PostgreSQL, and dbt's models with their tests as checks."""

from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from contracts.settings import load_settings
from contracts.tables import load_tables as declared_tables
from pipelines.lakehouse.definitions import PLATFORM_OWNER, LakeResource, silver_key
from pipelines.lakehouse.specification import load_silver
from pipelines.warehouse.dbt import DBT_PROJECT, dbt_home, executable, prepare_manifest, set_environment, target
from pipelines.warehouse.load import SCHEMA, load_rates, load_remittance_limits, load_tables
from pipelines.warehouse.reconciliation import Reconciled, lake_totals, reconcile_source, reconcile_warehouse

_TABLES = {table.name.removeprefix("silver."): table for table in load_silver()}
# What contracts declare and marts read beside silver.
_DECLARED = {
    "rates": ("Reference rates of contracts/money.", load_rates),
    "remittance_limits": ("Limits of the verified tiers, of contracts/remittances.", load_remittance_limits),
}


def copy_key(name: str) -> dg.AssetKey:
    """The asset of a copied table, which is also the key of dbt's source."""
    return dg.AssetKey([SCHEMA, name])


@dg.multi_asset(
    name="load_warehouse",
    specs=[
        *(
            dg.AssetSpec(
                copy_key(name),
                deps=[silver_key(table.name)],
                description=table.description,
                group_name=SCHEMA,
                owners=[PLATFORM_OWNER],
                kinds={"postgres", "duckdb"},
            )
            for name, table in _TABLES.items()
        ),
        *(
            dg.AssetSpec(
                copy_key(name),
                description=description,
                group_name=SCHEMA,
                owners=[PLATFORM_OWNER],
                kinds={"postgres"},
            )
            for name, (description, _) in _DECLARED.items()
        ),
    ],
)
def load_warehouse(lake: LakeResource) -> Iterator[dg.MaterializeResult[None]]:
    """All tables change in one transaction, so that marts never mix two states."""
    settings = load_settings()
    for name, (_, load) in _DECLARED.items():
        yield dg.MaterializeResult(asset_key=copy_key(name), metadata={"dagster/row_count": load(settings)})
    for loaded in load_tables(lake.lake, settings, _TABLES.values()):
        yield dg.MaterializeResult(
            asset_key=copy_key(loaded.name),
            data_version=dg.DataVersion(str(loaded.snapshot_id)),
            metadata={
                "dagster/row_count": loaded.rows,
                "snapshot_id": str(loaded.snapshot_id),
                "changed": loaded.changed,
            },
        )


EQUALS_SOURCE = "equals_source"
EQUALS_SILVER = "equals_silver"


@dg.multi_asset_check(
    name="reconciliation",
    specs=[
        spec
        for table in declared_tables()
        for spec in (
            dg.AssetCheckSpec(
                EQUALS_SOURCE,
                asset=silver_key(table.silver),
                additional_deps=[copy_key(f"{table.app}__{table.name}")],
                description="Rows and sums by currency equal the operational table's, unless it is changing.",
            ),
            dg.AssetCheckSpec(
                EQUALS_SILVER,
                asset=copy_key(f"{table.app}__{table.name}"),
                description="Rows and sums by currency equal silver's.",
            ),
        )
    ],
)
def reconciliation(lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
    """Money must not change on its way: operations, silver and the warehouse are summed and compared."""
    settings = load_settings()
    tables = declared_tables()
    silver = lake_totals(lake.lake, tables)
    for found in reconcile_source(lake.lake, settings, tables, silver):
        yield _reconciled(silver_key(found.table.silver), EQUALS_SOURCE, found)
    for found in reconcile_warehouse(settings, tables, silver):
        yield _reconciled(copy_key(f"{found.table.app}__{found.table.name}"), EQUALS_SILVER, found)


def _reconciled(key: dg.AssetKey, check: str, found: Reconciled) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check,
        passed=found.outcome != "different",
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "outcome": found.outcome,
            "expected": {currency: [str(value) for value in values] for currency, values in found.expected.items()},
            "found": {currency: [str(value) for value in values] for currency, values in found.found.items()},
        },
    )


class ModelTranslator(DagsterDbtTranslator):
    """Models go by their own names, in the group of their layer: staging, intermediate, marts."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The first folder below models/."""
        return str(dbt_resource_props["fqn"][1])


_MANIFEST = prepare_manifest(load_settings())


@dbt_assets(
    manifest=_MANIFEST,
    dagster_dbt_translator=ModelTranslator(),
    name="dbt_models",
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """`dbt build`: models and tests in their order, each told as it ends."""
    settings = load_settings()
    set_environment(settings)
    log = dbt_home(settings) / "build.log"
    with log.open("w", encoding="utf-8") as lines, redirect_stdout(lines):
        yield from dbt.cli(["build"], context=context, target_path=target(settings) / "dagster").stream()


definitions = dg.Definitions(
    assets=[load_warehouse, dbt_models],
    asset_checks=[reconciliation],
    resources={
        "dbt": DbtCliResource(
            project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(executable())
        )
    },
)
