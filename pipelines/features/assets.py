"""Dagster's view of the features: the table, its checks, and Feast over it."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import dagster as dg

from contracts.features import kept_views
from contracts.settings import load_settings
from feature_repo.offline import offline_file
from feature_repo.store import apply_definitions, materialise
from pipelines.failures import retried_by_kind
from pipelines.features.activity import SOURCE, TABLE, refresh_activity
from pipelines.features.checks import decisions_without_row, repeated_movements
from pipelines.features.export import export_views
from pipelines.features.silence import features_never_logged
from pipelines.gate import refuse_held_back
from pipelines.lakehouse.catalog import open_lake
from pipelines.links import table_links

ACTIVITY = dg.AssetKey(["features", "transaction_activity"])

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


@dg.multi_asset(
    name="feast",
    specs=[
        dg.AssetSpec(
            dg.AssetKey(["features", declared.view]),
            deps=[ACTIVITY],
            group_name="features",
            kinds={"feast", "parquet"},
            owners=["team:platform"],
            description=f"Feast's {declared.view}: exported for the offline store, registered, latest vectors online.",
        )
        for declared in kept_views()
    ],
)
def feast(context: dg.AssetExecutionContext) -> Iterable[dg.MaterializeResult[None]]:
    """Exports the activity by view, applies the definitions and fills the online store with what is newer there."""
    with retried_by_kind(context):
        yield from _publish()


def _publish() -> list[dg.MaterializeResult[None]]:
    settings = load_settings()
    with open_lake(settings) as lake:
        exported = export_views(lake, settings)
        row = lake.session.execute(f"select max(occurred_at) from {TABLE}").fetchone()  # noqa: S608
    names = apply_definitions(settings)
    (latest,) = row or (None,)
    if latest is not None:
        materialise(settings, _EPOCH, latest + timedelta(seconds=1))
    return [
        dg.MaterializeResult(
            asset_key=dg.AssetKey(["features", view]),
            metadata={
                "dagster/row_count": rows,
                "path": str(offline_file(settings, view)),
                "registered": names,
                "latest": str(latest),
            },
        )
        for view, rows in exported.items()
    ]
