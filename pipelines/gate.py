"""What stands on a table that is not fit is held back, and nothing else (docs/decisions/0020).

Dagster stops steps. Here a step makes a whole system, so that each step asks which of its inputs are fit and leaves out
what stands on the others: their last good content stays where it is.
"""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from collections.abc import Iterable, Mapping

import dagster as dg
from dagster._core.definitions.metadata.metadata_value import MetadataValue
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from contracts.errors import PermanentError
from pipelines.lakehouse.expectations import FITS_CONTRACT

# The check that the source still has what contracts declare (pipelines/lakehouse/drift).
KEEPS_COLUMNS = "source_keeps_contract"

# Executions of a check among which its last evaluation is looked for; runs that ended before it are passed over.
_REMEMBERED = 5


def table_key(name: str) -> dg.AssetKey:
    """The asset of a lakehouse table: `silver.transactions` is ['silver', 'transactions']."""
    return dg.AssetKey(name.split("."))


def gate_keys(name: str) -> tuple[dg.AssetCheckKey, ...]:
    """The checks that decide whether a table is fit; a history is as fit as the state that is made of the same changes."""
    state = table_key(name.replace("silver_history.", "silver.", 1))
    return tuple(dg.AssetCheckKey(state, check) for check in (FITS_CONTRACT, KEEPS_COLUMNS))


def held_back(instance: dg.DagsterInstance, names: Iterable[str]) -> frozenset[str]:
    """Those of the silver tables whose last check of their contract failed, or that could not be refreshed, or drift."""
    keys = {key: name for name in names for key in gate_keys(name)}
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    return frozenset(
        keys[key] for key, record in records.items() if record.status == AssetCheckExecutionRecordStatus.FAILED
    )


def refuse_held_back(instance: dg.DagsterInstance, *names: str) -> None:
    """Raise PermanentError when one of the tables that a step needs is held back."""
    if held := sorted(held_back(instance, names)):
        raise PermanentError(
            f"{', '.join(held)} must not be used: the check {FITS_CONTRACT!r} or {KEEPS_COLUMNS!r} fails.",
            hint="Dagster shows what it found; the last good state of what stands on it is left as it was.",
        )


def last_metadata(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]
) -> dict[dg.AssetCheckKey, tuple[bool, Mapping[str, MetadataValue]]]:
    """The last outcome of each check that was ever evaluated: whether it passed, and what it told."""
    found = {}
    for key in keys:
        # Those of the run that asks are planned and not evaluated yet.
        for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=_REMEMBERED):
            event = record.event.dagster_event if record.event else None
            if event is not None and event.event_type_value == "ASSET_CHECK_EVALUATION":
                told = event.asset_check_evaluation_data
                found[key] = (told.passed, told.metadata)
                break
    return found


def left_out(context: dg.AssetExecutionContext, key: dg.AssetKey) -> dg.Output[None]:
    """Say that a step did not make an asset, and let what also stands on its other assets begin.

    A missing output would skip each step that takes it. Dagster records nothing for an output that is marked so: neither
    a materialisation that never was nor a failure of the assets beside it.
    """
    name = context.assets_def.get_output_name_for_asset_key(key)
    return dg.Output(None, output_name=name, metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})
