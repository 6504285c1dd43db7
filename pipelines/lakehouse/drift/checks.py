"""Drift as Dagster sees it: two checks on each table's silver, told by the step that refreshes its system."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable, Iterator

import dagster as dg

from contracts.settings import Settings
from contracts.tables import Table
from pipelines.gate import KEEPS_COLUMNS, table_key
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.drift.findings import Drift, broken, owner
from pipelines.lakehouse.drift.watch import find_drift

IS_DECLARED = "source_is_declared"


def drift_specs(table: Table) -> Iterator[dg.AssetCheckSpec]:
    """What is checked of one table."""
    key = table_key(table.silver)
    yield dg.AssetCheckSpec(
        KEEPS_COLUMNS,
        asset=key,
        description="The source still has every declared column, with a type whose values can fit."
        " What stands on the table is held back while this fails.",
    )
    yield dg.AssetCheckSpec(
        IS_DECLARED,
        asset=key,
        description="The source has no other columns or types than the declared ones. Told, and nothing is held back.",
    )


def drift_results(lake: Lake, settings: Settings, tables: Iterable[Table]) -> Iterator[dg.AssetCheckResult]:
    """Both checks of each table, by one question to the source and none to tables whose bronze rests."""
    wanted = tuple(tables)
    drifts = find_drift(lake, settings, wanted) if wanted else ()
    for table in wanted:
        yield from _results(table, tuple(drift for drift in drifts if drift.table == table))


def _results(table: Table, drifts: tuple[Drift, ...]) -> Iterator[dg.AssetCheckResult]:
    """What breaks is an error, what only is not declared a warning."""
    breaking = broken(drifts)
    for name, severity, found in (
        (KEEPS_COLUMNS, dg.AssetCheckSeverity.ERROR, breaking),
        (IS_DECLARED, dg.AssetCheckSeverity.WARN, tuple(drift for drift in drifts if drift not in breaking)),
    ):
        messages = [drift.message for drift in found]
        yield dg.AssetCheckResult(
            asset_key=table_key(table.silver),
            check_name=name,
            passed=not found,
            severity=severity,
            description="\n".join(messages) or None,
            metadata={"drift": messages, "columns": [drift.column for drift in found], "owner": owner(table)},
        )
