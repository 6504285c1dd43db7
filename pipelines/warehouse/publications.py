"""The marts that the API answers from as Dagster sees them: an asset for each copy, made whenever its mart was built."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

import dagster as dg

from contracts.settings import load_settings
from pipelines.failures import retried_by_kind
from pipelines.lakehouse.definitions import PLATFORM_OWNER
from pipelines.warehouse.publish import GROUP, Published, publish_mart


def publication(published: Published, mart: dg.AssetKey) -> dg.AssetsDefinition:
    """The asset of the copy of a mart. A mart that is left as it was leaves its copy so: Dagster skips what stands on no output."""

    @dg.asset(
        key=dg.AssetKey([GROUP, published.table]),
        deps=[mart],
        group_name=GROUP,
        kinds={"postgres"},
        owners=[PLATFORM_OWNER],
        description=f"The API's copy of {published.mart}, in the platform's database.",
    )
    def copied(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with retried_by_kind(context):
            rows = publish_mart(load_settings(), published)
        return dg.MaterializeResult(metadata={"dagster/row_count": rows})

    return copied
