"""The lakehouse's assets: each silver table from its bronze, and the checks on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from contracts.canonical import load_canonical
from contracts.settings import load_settings
from contracts.tables import load_systems
from pipelines.lakehouse.canonical import canonical_inputs, refresh_canonical
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.expectations import FITS_CONTRACT, Severity, judge
from pipelines.lakehouse.refresh import prepare_session, refresh_together
from pipelines.lakehouse.specification import Silver, load_history, load_silver

_OWNERS = {system.app: f"team:{system.owner}" for system in load_systems()}
PLATFORM_OWNER = "team:platform"


class SilverConfig(dg.Config):
    """How a table is refreshed: `full` makes it again from all of bronze, with the same content."""

    full: bool = False


class LakeResource(dg.ConfigurableResource["LakeResource"]):
    """One open lakehouse for a whole run: its catalog connection and DuckDB session are shared by the steps."""

    _lake: Lake = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["LakeResource"]:  # noqa: ARG002
        """Open it for the run."""
        settings = load_settings()
        with open_lake(settings) as lake:
            prepare_session(lake, settings)
            self._lake = lake
            yield self

    @property
    def lake(self) -> Lake:
        """The open lakehouse."""
        return self._lake


def silver_key(name: str) -> dg.AssetKey:
    """The asset of a silver table: `silver.transactions` is ['silver', 'transactions']."""
    return dg.AssetKey(name.split("."))


def _silver_assets(*tables: Silver) -> dg.AssetsDefinition:
    """One step: a table's current state, and its history where it has one, from one reading of bronze."""

    @dg.multi_asset(
        name=tables[0].name.replace(".", "__"),
        specs=[_spec(table) for table in tables],
        can_subset=True,
    )
    def silver(
        context: dg.AssetExecutionContext, config: SilverConfig, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        wanted = [table for table in tables if silver_key(table.name) in context.selected_asset_keys]
        for done in refresh_together(lake.lake, wanted, full=config.full):
            yield dg.MaterializeResult(
                asset_key=silver_key(done.name),
                data_version=dg.DataVersion(str(done.snapshot_id)),
                metadata={
                    "dagster/row_count": done.rows,
                    "changes": done.changes,
                    "quarantined": done.quarantined,
                    "rebuilt": done.rebuilt,
                    "snapshot_id": str(done.snapshot_id),
                    "input_snapshot_id": str(done.input_snapshot_id),
                },
            )

    return silver


def _spec(table: Silver) -> dg.AssetSpec:
    return dg.AssetSpec(
        silver_key(table.name),
        deps=[dg.AssetKey(table.bronze.split("."))],
        group_name=table.name.partition(".")[0],
        description=table.description,
        owners=[_OWNERS.get(table.owner, PLATFORM_OWNER)],
        kinds={"iceberg", "duckdb"},
    )


def _all_silver() -> Iterator[dg.AssetsDefinition]:
    histories = {table.bronze: table for table in load_history()}
    for table in load_silver():
        yield _silver_assets(table, *((histories[table.bronze],) if table.is_change else ()))


@dg.multi_asset(
    name="silver__canonical",
    specs=[
        dg.AssetSpec(
            silver_key(table.silver),
            deps=[silver_key(name) for name in canonical_inputs(table)],
            group_name="silver",
            description=table.description,
            owners=[PLATFORM_OWNER],
            kinds={"iceberg", "duckdb"},
        )
        for table in load_canonical()
    ],
)
def canonical(config: SilverConfig, lake: LakeResource) -> Iterator[dg.MaterializeResult[None]]:
    """Every canonical table in one step, those derived from others last."""
    for table in load_canonical():
        done = refresh_canonical(lake.lake, table, full=config.full)
        yield dg.MaterializeResult(
            asset_key=silver_key(done.name),
            data_version=dg.DataVersion(str(done.snapshot_id)),
            metadata={
                "dagster/row_count": done.rows,
                "changed": done.changed,
                "snapshot_id": str(done.snapshot_id),
                "input_snapshot_ids": {name: str(snapshot) for name, snapshot in done.inputs.items()},
            },
        )


IS_NOT_EMPTY = "is_not_empty"
_CHECKS: dict[Severity, str] = {"critical": FITS_CONTRACT, "warning": IS_NOT_EMPTY}
_SEVERITIES = {"critical": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}


@dg.multi_asset_check(
    name="expectations_on_silver",
    specs=[
        dg.AssetCheckSpec(
            name,
            asset=silver_key(table.name),
            blocking=name == FITS_CONTRACT,
            description=f"Great Expectations suite of severity {severity}, generated from contracts.",
        )
        for table in load_silver()
        for severity, name in _CHECKS.items()
    ],
    can_subset=True,
)
def expectations_on_silver(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
    """Every table in one step, so that Great Expectations is imported once."""
    for table in load_silver():
        key = silver_key(table.name)
        wanted = {check.name for check in context.selected_asset_check_keys if check.asset_key == key}
        for severity, verdict in judge(lake.lake, table).items() if wanted else ():
            if _CHECKS[severity] in wanted:
                yield dg.AssetCheckResult(
                    asset_key=key,
                    check_name=_CHECKS[severity],
                    passed=verdict.holds,
                    severity=_SEVERITIES[severity],
                    metadata={"evaluated": verdict.evaluated, "broken": list(verdict.broken)},
                )


definitions = dg.Definitions(
    assets=[*_all_silver(), canonical],
    asset_checks=[expectations_on_silver],
    resources={"lake": LakeResource()},
)
