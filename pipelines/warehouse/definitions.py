"""The warehouse's assets: silver's copies in PostgreSQL, dbt's models with their tests as checks, and what the API has of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets, get_asset_key_for_model

from contracts.settings import load_settings
from pipelines.failures import retried_by_kind
from pipelines.gate import held_back
from pipelines.lakehouse.definitions import PLATFORM_OWNER
from pipelines.links import warehouse_links
from pipelines.warehouse import selection
from pipelines.warehouse.copies import TABLES, load_warehouse, reconciliation
from pipelines.warehouse.dbt import DBT_PROJECT, dbt_home, executable, prepare_manifest, set_environment, target
from pipelines.warehouse.publications import publication
from pipelines.warehouse.publish import PUBLISHED
from pipelines.warehouse.selection import last_build, marks, read_project, record_build


class ModelTranslator(DagsterDbtTranslator):
    """Models go by their own names, in the group of their layer: staging, intermediate, marts."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The first folder below models/."""
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """The team that its file names, or the platform's."""
        return super().get_owners(dbt_resource_props) or [PLATFORM_OWNER]

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """With a query to paste, and where the model's definition stands."""
        place = f"{dbt_resource_props['schema']}.{dbt_resource_props['name']}"
        path = dbt_resource_props.get("original_file_path", "")
        known = super().get_metadata(dbt_resource_props)
        return {**known, **warehouse_links(place), "dbt": dg.MetadataValue.path(f"dbt_project/{path}")}


_MANIFEST = prepare_manifest(load_settings())


@dbt_assets(
    manifest=_MANIFEST,
    dagster_dbt_translator=ModelTranslator(),
    name="dbt_models",
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """`dbt build` of what stands on changed tables, each model and test told as it ends."""
    settings = load_settings()
    set_environment(settings)
    project = read_project(_MANIFEST)
    unfit = held_back(context.instance, [table.name for table in TABLES.values()])
    held = [name for name, table in TABLES.items() if table.name in unfit]
    now = marks(settings, project, datetime.now(UTC).date())
    built, standing = last_build(settings)
    names = selection.left_out(project, standing, now, built, held)
    if len(names) == len(project.models) + len(project.tests):
        context.log.info("No model stands on anything that changed.")
        return
    command = ["build", "--indirect-selection", "empty", *(["--exclude", " ".join(names)] if names else [])]
    log = dbt_home(settings) / "build.log"
    with retried_by_kind(context), log.open("w", encoding="utf-8") as lines, redirect_stdout(lines):
        yield from dbt.cli(command, context=context, target_path=target(settings) / "dagster").stream()
    if not context.is_subset and not held:
        record_build(settings, now)


definitions = dg.Definitions(
    assets=[
        load_warehouse,
        dbt_models,
        *(publication(one, get_asset_key_for_model([dbt_models], one.mart)) for one in PUBLISHED),
    ],
    asset_checks=[reconciliation],
    resources={
        "dbt": DbtCliResource(
            project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(executable())
        )
    },
)
