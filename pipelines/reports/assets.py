"""Dagster's view of the regulator reports: one asset for each, its checks and its schedule."""

# Dagster resolves the type of `config` itself and cannot read it from text: no annotations import here.

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg

from contracts.jurisdictions import load_jurisdiction
from contracts.settings import load_settings
from pipelines.failures import retried_by_kind
from pipelines.gate import refuse_held_back
from pipelines.lakehouse.care.tags import tag_snapshots
from pipelines.lakehouse.catalog import open_lake
from pipelines.lakehouse.expectations import FITS_CONTRACT
from pipelines.links import warehouse_links
from pipelines.reports.eftr.coverage import uncovered_orders
from pipelines.reports.eftr.input import TABLE, read_orders
from pipelines.reports.eftr.run import Outcome, file_transfers

EFTR = dg.AssetKey(["reports", "fintrac_eftr"])
ORDERS = dg.AssetKey(TABLE.split("."))
NAMED = 20


class EftrConfig(dg.Config):
    """What one run files: closed windows always, and a preview of the open one if asked."""

    preview_open_windows: bool = True


@dg.asset(
    key=EFTR,
    deps=[ORDERS],
    group_name="reports",
    kinds={"json", "postgres"},
    owners=["team:compliance"],
    metadata=warehouse_links("lake_silver.reports"),
    description="FINTRAC electronic funds transfer reports of CAD 10,000 or more, the 24-hour rule included.",
    check_specs=[
        dg.AssetCheckSpec("every_filed_report_is_valid", asset=EFTR),
        dg.AssetCheckSpec("every_order_was_judged", asset=EFTR),
        dg.AssetCheckSpec("every_filed_report_is_explained", asset=EFTR),
        dg.AssetCheckSpec("no_report_is_overdue", asset=EFTR),
    ],
)
def fintrac_eftr(
    context: dg.AssetExecutionContext, config: EftrConfig
) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Reads all orders of silver; what was filed before and has not changed is left alone."""
    with retried_by_kind(context):
        refuse_held_back(context.instance, TABLE)
        yield from _file(config)


def _file(config: EftrConfig) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    settings = load_settings()
    with open_lake(settings) as lake:
        orders, snapshots = read_orders(lake)
    outcome = file_transfers(settings, orders, snapshots, datetime.now(UTC), previews=config.preview_open_windows)
    status = Counter(row.status for row in outcome.rows)
    if any(row.evidence_path for row in outcome.rows):
        with open_lake(settings) as lake:
            tag_snapshots(lake, {TABLE: snapshots[TABLE]}, f"report.fintrac_eftr.{snapshots[TABLE]}")
    yield dg.MaterializeResult(
        asset_key=EFTR,
        metadata={
            "orders": len(orders),
            "input_snapshots": snapshots,
            "reports": dict(status),
            "report_ids": [row.report_id for row in outcome.rows][:NAMED],
        },
    )
    yield from _checks(outcome)


def _checks(outcome: Outcome) -> Iterable[dg.AssetCheckResult]:
    found = {
        "every_filed_report_is_valid": list(outcome.invalid),
        "every_order_was_judged": [str(error) for error in outcome.refused],
        "every_filed_report_is_explained": list(outcome.unexplained),
        "no_report_is_overdue": list(outcome.overdue),
    }
    for name, wrong in found.items():
        yield dg.AssetCheckResult(
            asset_key=EFTR,
            check_name=name,
            passed=not wrong,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"count": len(wrong), "first": wrong[:NAMED]},
        )


@dg.asset_check(
    asset=EFTR,
    name="silver_covers_closed_windows",
    description="No order of a closed window is missing in what the report was made from.",
)
def silver_covers_closed_windows() -> dg.AssetCheckResult:
    """A filing from a stale silver is complete in form and short in content: only the source can tell."""
    settings = load_settings()
    with open_lake(settings) as lake:
        missing = uncovered_orders(settings, lake, load_jurisdiction("CA"), datetime.now(UTC))
    return dg.AssetCheckResult(
        passed=not missing,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"count": len(missing), "first": missing[:NAMED]},
    )


eftr_schedule = dg.ScheduleDefinition(
    name="fintrac_eftr_daily",
    # What it stands on comes first: silver as some earlier run left it may end before the window does.
    target=dg.AssetSelection.assets(EFTR, ORDERS).without_checks()
    | dg.AssetSelection.checks_for_assets(EFTR)
    | dg.AssetSelection.checks(dg.AssetCheckKey(ORDERS, FITS_CONTRACT)),
    cron_schedule="0 6 * * *",
    execution_timezone=load_jurisdiction("CA").time_zone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
