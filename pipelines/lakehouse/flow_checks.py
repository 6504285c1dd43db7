"""Freshness and volume of silver as asset checks: warnings, by the classes that contracts declare."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from contracts.lakehouse.flow import FlowClass, VolumePolicy, load_flow
from pipelines.failures import retried_by_kind
from pipelines.gate import table_key
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.flow import judge_volume, newest_arrival, rows_by_day
from pipelines.lakehouse.resource import LakeResource

IS_FRESH = "is_fresh"
HAS_USUAL_VOLUME = "has_usual_volume"

_TABLES = {name: flow for flow in load_flow().values() for name in flow.tables}


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for name, flow in _TABLES.items():
        yield dg.AssetCheckSpec(
            IS_FRESH, asset=table_key(name), description=f"The newest row arrived within {flow.within}."
        )
        if flow.volume:
            yield dg.AssetCheckSpec(
                HAS_USUAL_VOLUME,
                asset=table_key(name),
                description=f"The last whole day has as many rows as its weekday in the {flow.volume.weeks} weeks before.",
            )


@dg.multi_asset_check(name="flow_of_silver", specs=list(_specs()), can_subset=True)
def flow_of_silver(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
    """All tables in one step; nothing is held back by what they tell."""
    wanted = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    with retried_by_kind(context.op_execution_context):
        for name, flow in _TABLES.items():
            if (table_key(name), IS_FRESH) in wanted:
                yield _fresh(lake.lake, name, flow, datetime.now(UTC))
            if flow.volume and (table_key(name), HAS_USUAL_VOLUME) in wanted:
                yield _usual(lake.lake, name, flow.volume)


def _fresh(lake: Lake, name: str, flow: FlowClass, now: datetime) -> dg.AssetCheckResult:
    newest = newest_arrival(lake, name, flow)
    return dg.AssetCheckResult(
        asset_key=table_key(name),
        check_name=IS_FRESH,
        passed=newest is not None and now - newest <= flow.within,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"newest": str(newest), "within": str(flow.within)},
    )


def _usual(lake: Lake, name: str, policy: VolumePolicy) -> dg.AssetCheckResult:
    volume = judge_volume(rows_by_day(lake, name, policy), policy)
    return dg.AssetCheckResult(
        asset_key=table_key(name),
        check_name=HAS_USUAL_VOLUME,
        passed=volume is None or volume.is_usual,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "day": str(volume.day if volume else None),
            "rows": volume.rows if volume else 0,
            "bounds": str((volume.least, volume.most) if volume else None),
        },
    )
