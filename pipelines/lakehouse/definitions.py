"""The lakehouse's assets: one step for each system's tables, with the check of each table's contract in it."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from contracts.canonical import load_canonical
from contracts.errors import PermanentError
from contracts.settings import load_settings
from contracts.tables import Table, load_systems, load_tables
from pipelines.failures import RETRIES, again, is_transient, retried_by_kind
from pipelines.gate import held_back, last_metadata, left_out, table_key
from pipelines.lakehouse.canonical import canonical_inputs, refresh_canonical
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.drift.checks import drift_results, drift_specs
from pipelines.lakehouse.expectations import FITS_CONTRACT, Severity, judge, suite_digest
from pipelines.lakehouse.flow_checks import flow_of_silver
from pipelines.lakehouse.refresh import Refreshed, refresh_together
from pipelines.lakehouse.resource import LakeResource
from pipelines.lakehouse.specification import Silver, load_history, load_silver
from pipelines.links import table_links

_OWNERS = {system.app: f"team:{system.owner}" for system in load_systems()}
PLATFORM_OWNER = "team:platform"
EVENTS = "events"
IS_NOT_EMPTY = "is_not_empty"
_CHECKS: dict[Severity, str] = {"critical": FITS_CONTRACT, "warning": IS_NOT_EMPTY}
_SEVERITIES = {"critical": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}

_DECLARED: dict[str, Table] = {table.silver: table for table in load_tables()}

_log = logging.getLogger(__name__)

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult | dg.Output[None]]


class SilverConfig(dg.Config):
    """How a table is refreshed: `full` makes it again from all of bronze, with the same content."""

    full: bool = False


def silver_step(system: str, tables: Sequence[Silver]) -> dg.AssetsDefinition:
    """One step for all tables of a system: state, history, and the check of what contracts promise about the state.

    A table that fails is told of by its check and leaves the others alone.
    """

    @dg.multi_asset(
        name=f"silver__{system}",
        specs=[_spec(table) for table in tables],
        check_specs=[spec for table in tables if not table.keeps_history for spec in _check_specs(table)],
        can_subset=True,
    )
    def silver(context: dg.AssetExecutionContext, config: SilverConfig, lake: LakeResource) -> Results:
        with retried_by_kind(context), lake.lake.heads_of_one_moment():
            yield from _refresh_system(context, lake.lake, tables, full=config.full)

    return silver


def _spec(table: Silver) -> dg.AssetSpec:
    return dg.AssetSpec(
        table_key(table.name),
        deps=[table_key(table.bronze)],
        group_name=table.name.partition(".")[0],
        description=table.description,
        owners=[_OWNERS.get(table.owner, PLATFORM_OWNER)],
        kinds={"iceberg", "duckdb"},
        metadata=table_links(table.name),
        skippable=True,
    )


def _check_specs(table: Silver) -> Iterator[dg.AssetCheckSpec]:
    told = {
        "critical": "What stands on the table is held back while this fails.",
        "warning": "Told, and nothing is held back.",
    }
    if table.name in _DECLARED:
        yield from drift_specs(_DECLARED[table.name])
    for severity, name in _CHECKS.items():
        yield dg.AssetCheckSpec(
            name,
            asset=table_key(table.name),
            description=f"Great Expectations suite of severity {severity}, generated from contracts. {told[severity]}",
        )


def _refresh_system(context: dg.AssetExecutionContext, lake: Lake, tables: Sequence[Silver], *, full: bool) -> Results:
    passing: list[BaseException] = []
    refreshed: set[str] = set()
    for group in _by_documents(tables):
        wanted = [table for table in group if table_key(table.name) in context.selected_asset_keys]
        try:
            done = list(refresh_together(lake, wanted, full=full))
        except Exception as error:  # noqa: BLE001 - whatever it is, the system's other tables have nothing to do with it
            _log.exception("%s could not be refreshed", group[0].name)
            if is_transient(error) and context.retry_number < RETRIES:
                passing.append(error)
                continue
            yield from _failed(context, wanted, error)
        else:
            refreshed.update(one.name for one in done)
            yield from map(_materialised, done)
            yield from _judged(context, lake, group)
    if passing:
        raise again(context.retry_number) from passing[0]
    declared = (_DECLARED[table.name] for table in tables if table.name in refreshed & _DECLARED.keys())
    checked = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    for found in drift_results(lake, load_settings(), declared):
        if (found.asset_key, found.check_name) in checked:
            yield found


def _by_documents(tables: Sequence[Silver]) -> Iterator[list[Silver]]:
    """Tables that are made from the same documents: a state and its history."""
    groups: dict[tuple[str, ...], list[Silver]] = {}
    for table in tables:
        groups.setdefault((table.bronze, *table.topics), []).append(table)
    yield from groups.values()


def _materialised(done: Refreshed) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        asset_key=table_key(done.name),
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


def _failed(context: dg.AssetExecutionContext, tables: Sequence[Silver], error: Exception) -> Results:
    for table in tables:
        yield left_out(context, table_key(table.name))
    state = next((table for table in tables if not table.keeps_history), None)
    if state is None:
        raise PermanentError(f"{tables[0].name} could not be refreshed: {error}") from error
    key = dg.AssetCheckKey(table_key(state.name), FITS_CONTRACT)
    if key in context.selected_asset_check_keys:
        told = str(error).strip().splitlines()
        yield _check(
            key, "critical", passed=False, metadata={"broken": [f"not refreshed: {told[0] if told else error!r}"]}
        )
    else:
        raise PermanentError(f"{state.name} could not be refreshed: {error}") from error


def _judged(context: dg.AssetExecutionContext, lake: Lake, tables: Sequence[Silver]) -> Results:
    """The verdict on a state; one on the same snapshot by the same suite is still true."""
    for table in tables:
        keys = {severity: dg.AssetCheckKey(table_key(table.name), name) for severity, name in _CHECKS.items()}
        wanted = {severity: key for severity, key in keys.items() if key in context.selected_asset_check_keys}
        head = lake.head(table.name)
        if table.keeps_history or not wanted or head is None:
            continue
        mark = f"{head.snapshot_id} {suite_digest(table)}"
        last = last_metadata(context.instance, wanted.values())
        if all(key in last and _mark(last[key][1]) == mark for key in wanted.values()):
            for severity, key in wanted.items():
                passed, metadata = last[key]
                yield _check(key, severity, passed=passed, metadata={**metadata, "evaluated_again": False})
            continue
        for severity, verdict in judge(lake, table).items():
            if severity in wanted:
                told = {"evaluated": verdict.evaluated, "broken": list(verdict.broken), "judged": mark}
                yield _check(
                    wanted[severity], severity, passed=verdict.holds, metadata={**told, "evaluated_again": True}
                )


def _mark(metadata: Mapping[str, dg.MetadataValue[Any]]) -> str:
    return str(metadata["judged"].value) if "judged" in metadata else ""


def _check(
    key: dg.AssetCheckKey, severity: Severity, *, passed: bool, metadata: Mapping[str, Any]
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=passed,
        severity=_SEVERITIES[severity],
        metadata=metadata,
    )


def _all_silver() -> Iterator[dg.AssetsDefinition]:
    for system in load_systems():
        tables = [table for table in (*load_silver(), *load_history()) if table.owner == system.app]
        yield silver_step(system.app, tables)
    yield silver_step(EVENTS, [table for table in load_silver() if not table.is_change])


@dg.multi_asset(
    name="silver__canonical",
    specs=[
        dg.AssetSpec(
            table_key(table.silver),
            deps=[table_key(name) for name in canonical_inputs(table)],
            group_name="silver",
            description=table.description,
            owners=[PLATFORM_OWNER],
            kinds={"iceberg", "duckdb"},
            metadata=table_links(table.silver),
            skippable=True,
        )
        for table in load_canonical()
    ],
)
def canonical(context: dg.AssetExecutionContext, config: SilverConfig, lake: LakeResource) -> Results:
    """Every canonical table in one step, those derived from others last; none from a table that is held back."""
    held = set(held_back(context.instance, [name for table in load_canonical() for name in canonical_inputs(table)]))
    with retried_by_kind(context):
        for table in load_canonical():
            if held & set(canonical_inputs(table)):
                held.add(table.silver)
                yield left_out(context, table_key(table.silver))
                continue
            done = refresh_canonical(lake.lake, table, full=config.full)
            yield dg.MaterializeResult(
                asset_key=table_key(done.name),
                data_version=dg.DataVersion(str(done.snapshot_id)),
                metadata={
                    "dagster/row_count": done.rows,
                    "changed": done.changed,
                    "snapshot_id": str(done.snapshot_id),
                    "input_snapshot_ids": {name: str(snapshot) for name, snapshot in done.inputs.items()},
                },
            )


definitions = dg.Definitions(
    assets=[*_all_silver(), canonical], asset_checks=[flow_of_silver], resources={"lake": LakeResource()}
)
