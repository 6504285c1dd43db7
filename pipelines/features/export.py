"""Feast's offline files: of each view that has a key kept between events, one row for each decision that had the key."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]

from contracts.features import FeatureView, kept_views
from contracts.settings import Settings
from feature_repo.offline import EVENT_TIME, offline_file
from pipelines.features.activity import TABLE
from pipelines.lakehouse.catalog import Lake


def export_views(lake: Lake, settings: Settings) -> dict[str, int]:
    """Write the Parquet file behind each view of Feast; gives the rows in each."""
    lake.attach(TABLE)
    return {declared.view: _export(lake, declared, offline_file(settings, declared.view)) for declared in kept_views()}


def _export(lake: Lake, declared: FeatureView, target: Path) -> int:
    """Replaces the file in one step."""
    names = ", ".join((declared.key, EVENT_TIME, *(feature.name for feature in declared.features)))
    batches = lake.stream(f"select {names} from {TABLE} where {declared.key} is not null")  # noqa: S608 - declared names
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    rows = 0
    with pq.ParquetWriter(partial, batches.schema, compression="zstd") as file:
        for batch in batches:
            file.write_batch(batch)
            rows += batch.num_rows
    partial.replace(target)
    return rows
