"""Drift as Dagster sees it: two checks on each table's silver, and a watch between refreshes.

Every table has a step of its own: Dagster stops whatever depends on a step in which a blocking check failed, so that tables
that share one would stop together.
"""

from collections.abc import Iterator

import dagster as dg

from contracts.settings import load_settings
from contracts.tables import Table, load_tables
from pipelines.lakehouse.definitions import LakeResource, silver_key
from pipelines.lakehouse.drift.findings import Drift, broken, owner
from pipelines.lakehouse.drift.watch import find_drift

KEEPS_COLUMNS = "source_keeps_contract"
IS_DECLARED = "source_is_declared"


def check_results(table: Table, drifts: tuple[Drift, ...]) -> Iterator[dg.AssetCheckResult]:
    """What breaks is an error, what only is not declared a warning."""
    breaking = broken(drifts)
    for name, severity, found in (
        (KEEPS_COLUMNS, dg.AssetCheckSeverity.ERROR, breaking),
        (IS_DECLARED, dg.AssetCheckSeverity.WARN, tuple(drift for drift in drifts if drift not in breaking)),
    ):
        messages = [drift.message for drift in found]
        yield dg.AssetCheckResult(
            asset_key=silver_key(table.silver),
            check_name=name,
            passed=not found,
            severity=severity,
            description="\n".join(messages) or None,
            metadata={"drift": messages, "columns": [drift.column for drift in found], "owner": owner(table)},
        )


def drift_check(table: Table) -> dg.AssetChecksDefinition:
    """The step that checks one table."""
    key = silver_key(table.silver)

    @dg.multi_asset_check(
        name=f"drift__{table.app}__{table.name}",
        specs=[
            dg.AssetCheckSpec(
                KEEPS_COLUMNS,
                asset=key,
                blocking=True,
                description="The source still has every declared column, with a type whose values can fit.",
            ),
            dg.AssetCheckSpec(
                IS_DECLARED, asset=key, description="The source has no other columns or types than the declared ones."
            ),
        ],
    )
    def drift(lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
        yield from check_results(table, find_drift(lake.lake, load_settings(), [table]))

    return drift


_CHECKS = [drift_check(table) for table in load_tables()]

_watch_drift = dg.define_asset_job(
    "watch_drift",
    selection=dg.AssetSelection.checks(*_CHECKS),
    description="Whether the sources still are what contracts declare, told before the next refresh meets it.",
)

definitions = dg.Definitions(
    asset_checks=_CHECKS,
    jobs=[_watch_drift],
    schedules=[
        dg.ScheduleDefinition(
            job=_watch_drift,
            name="watch_drift_schedule",
            cron_schedule="50 * * * *",
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ],
)
