"""Dagster's view of the features: the table, its checks, and Feast over it."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg

from contracts.settings import load_settings
from feature_repo.store import apply_definitions, materialise
from pipelines.failures import retried_by_kind
from pipelines.features.activity import SOURCE, TABLE, export_activity, refresh_activity
from pipelines.features.checks import decisions_without_row, features_never_logged, repeated_movements
from pipelines.gate import refuse_held_back
from pipelines.lakehouse.catalog import open_lake
from pipelines.links import table_links

ACTIVITY = dg.AssetKey(["features", "transaction_activity"])
FEAST = dg.AssetKey(["features", "account_activity"])

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dg.asset(
    key=ACTIVITY,
    deps=[dg.AssetKey(["silver", "decisions"])],
    group_name="features",
    kinds={"iceberg", "duckdb"},
    owners=["team:platform"],
    metadata=table_links(TABLE),
    description="One row for each decision: the vector that the kernel logged with it.",
    check_specs=[
        dg.AssetCheckSpec("every_decision_has_one_row", asset=ACTIVITY),
        dg.AssetCheckSpec("every_declared_feature_is_logged", asset=ACTIVITY),
    ],
)
def transaction_activity(
    context: dg.AssetExecutionContext,
) -> Iterable[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Brings the table up to the decisions, and judges it."""
    with retried_by_kind(context), open_lake(load_settings()) as lake:
        refuse_held_back(context.instance, SOURCE)
        head, count = refresh_activity(lake)
        missing, repeated = decisions_without_row(lake), repeated_movements(lake)
        silent = features_never_logged(lake)
    yield dg.MaterializeResult(
        asset_key=ACTIVITY,
        metadata={"dagster/row_count": count, "snapshot_id": str(head.snapshot_id), **head.properties},
    )
    yield dg.AssetCheckResult(
        asset_key=ACTIVITY,
        check_name="every_decision_has_one_row",
        passed=not missing and not repeated,
        metadata={"missing": missing, "repeated": repeated},
    )
    yield dg.AssetCheckResult(
        asset_key=ACTIVITY,
        check_name="every_declared_feature_is_logged",
        passed=not silent,
        metadata={"never_logged": silent},
    )


@dg.asset(
    key=FEAST,
    deps=[ACTIVITY],
    group_name="features",
    kinds={"feast", "parquet"},
    owners=["team:platform"],
    description="Feast's account_activity: exported for the offline store, registered, latest vectors online.",
)
def account_activity(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Exports the activity, applies the definitions and fills the online store with what is newer there."""
    with retried_by_kind(context):
        return _publish()


def _publish() -> dg.MaterializeResult[None]:
    settings = load_settings()
    with open_lake(settings) as lake:
        path = export_activity(lake, settings)
        lake.attach(TABLE)
        row = lake.session.execute(f"select max(occurred_at), count(distinct account_id) from {TABLE}").fetchone()  # noqa: S608
    names = apply_definitions(settings)
    latest, accounts = row or (None, 0)
    if latest is not None:
        materialise(settings, _EPOCH, latest + timedelta(seconds=1))
    return dg.MaterializeResult(
        asset_key=FEAST, metadata={"path": str(path), "registered": names, "accounts": accounts, "latest": str(latest)}
    )
