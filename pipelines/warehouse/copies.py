"""Silver's copies in PostgreSQL as Dagster sees them, with their checks: contracts again, and money to the cent."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import psycopg

from contracts.settings import Settings, load_settings
from contracts.tables import load_tables as declared_tables
from pipelines.failures import retried_by_kind
from pipelines.gate import held_back, last_metadata, left_out, table_key
from pipelines.lakehouse.definitions import PLATFORM_OWNER
from pipelines.lakehouse.expectations import FITS_CONTRACT, judge_rows, suite_digest
from pipelines.lakehouse.resource import LakeResource
from pipelines.lakehouse.specification import load_silver
from pipelines.links import warehouse_links
from pipelines.warehouse.copied import copied_tables
from pipelines.warehouse.declared import DECLARED, load_declared
from pipelines.warehouse.load import SCHEMA, Loaded, load_tables
from pipelines.warehouse.reconciliation import Reconciled, lake_totals, reconcile_source, reconcile_warehouse

TABLES = {table.name.removeprefix("silver."): table for table in copied_tables()}
# Canonical tables have no suite of their own: what they are made from has.
_JUDGED = {table.name.removeprefix("silver."): table for table in load_silver()}


def copy_key(name: str) -> dg.AssetKey:
    """The asset of a copied table, which is also the key of dbt's source."""
    return dg.AssetKey([SCHEMA, name])


@dg.multi_asset(
    name="load_warehouse",
    specs=[
        *(
            dg.AssetSpec(
                copy_key(name),
                deps=[table_key(table.name)],
                description=table.description,
                group_name=SCHEMA,
                owners=[PLATFORM_OWNER],
                kinds={"postgres", "duckdb"},
                metadata=warehouse_links(f"{SCHEMA}.{name}"),
                skippable=True,
            )
            for name, table in TABLES.items()
        ),
        *(
            dg.AssetSpec(
                copy_key(table.name),
                description=table.description,
                group_name=SCHEMA,
                owners=[PLATFORM_OWNER],
                kinds={"postgres"},
                metadata=warehouse_links(f"{SCHEMA}.{table.name}"),
                skippable=True,
            )
            for table in DECLARED
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            FITS_CONTRACT,
            asset=copy_key(name),
            description="The critical Great Expectations suite of the silver table holds of its copy as well.",
        )
        for name in _JUDGED
    ],
    can_subset=True,
)
def load_warehouse(
    context: dg.AssetExecutionContext, lake: LakeResource
) -> Iterator[dg.MaterializeResult[None] | dg.Output[None] | dg.AssetCheckResult]:
    """All tables change in one transaction, so that marts never mix two states; one that is held back stays as it was."""
    settings = load_settings()
    wanted = {name: table for name, table in TABLES.items() if copy_key(name) in context.selected_asset_keys}
    held = held_back(context.instance, [table.name for table in wanted.values()])
    with retried_by_kind(context):
        for name, rows in load_declared(settings).items():
            if copy_key(name) in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=copy_key(name), metadata={"dagster/row_count": rows})
        for loaded in load_tables(lake.lake, settings, [one for one in wanted.values() if one.name not in held]):
            yield _materialised(loaded)
            if dg.AssetCheckKey(copy_key(loaded.name), FITS_CONTRACT) in context.selected_asset_check_keys:
                yield _judge_copy(context, settings, loaded)
    for name, table in wanted.items():
        if table.name in held:
            yield left_out(context, copy_key(name))


def _materialised(loaded: Loaded) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        asset_key=copy_key(loaded.name),
        data_version=dg.DataVersion(str(loaded.snapshot_id)),
        metadata={
            "dagster/row_count": loaded.rows,
            "snapshot_id": str(loaded.snapshot_id),
            "changed": loaded.changed,
            "written_whole": loaded.whole,
        },
    )


def _judge_copy(context: dg.AssetExecutionContext, settings: Settings, loaded: Loaded) -> dg.AssetCheckResult:
    """The verdict on a copy; one on the same snapshot by the same suite is still true."""
    table = _JUDGED[loaded.name]
    key = dg.AssetCheckKey(copy_key(loaded.name), FITS_CONTRACT)
    mark = f"{loaded.snapshot_id} {suite_digest(table)}"
    passed, last = last_metadata(context.instance, [key]).get(key, (False, {}))
    told: Mapping[str, Any] = last
    if "judged" not in last or last["judged"].value != mark:
        with psycopg.connect(settings.database_url("warehouse")) as connection:
            verdict = judge_rows(
                lambda sql: connection.execute(sql.encode()).fetchone(),
                f"{SCHEMA}.{loaded.name}",
                table,
                is_keyed=True,
            )["critical"]
        passed = verdict.holds
        told = {"judged": mark, "evaluated": verdict.evaluated, "broken": list(verdict.broken)}
    return dg.AssetCheckResult(asset_key=key.asset_key, check_name=FITS_CONTRACT, passed=passed, metadata=told)


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
                asset=table_key(table.silver),
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
def reconciliation(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
    """Money must not change on its way: operations, silver and the warehouse are summed and compared."""
    settings = load_settings()
    tables = declared_tables()
    silver = lake_totals(lake.lake, tables)
    for found in reconcile_source(lake.lake, settings, tables, silver):
        yield _reconciled(table_key(found.table.silver), EQUALS_SOURCE, found)
    held = held_back(context.instance, [table.silver for table in tables])
    for found in reconcile_warehouse(settings, tables, silver):
        key = copy_key(f"{found.table.app}__{found.table.name}")
        yield _reconciled(key, EQUALS_SILVER, found, is_held=found.table.silver in held)


def _reconciled(key: dg.AssetKey, check: str, found: Reconciled, *, is_held: bool = False) -> dg.AssetCheckResult:
    """A copy that is held back is behind on purpose: told, and no error."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check,
        passed=found.outcome != "different",
        severity=dg.AssetCheckSeverity.WARN if is_held else dg.AssetCheckSeverity.ERROR,
        metadata={
            "outcome": found.outcome,
            "held_back": is_held,
            "expected": {currency: [str(value) for value in values] for currency, values in found.expected.items()},
            "found": {currency: [str(value) for value in values] for currency, values in found.found.items()},
        },
    )
