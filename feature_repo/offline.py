"""Where Feast's offline store finds the activity: one Parquet file per view beside the Iceberg table it was written from."""

from __future__ import annotations

from pathlib import Path

from contracts.settings import Settings

EVENT_TIME = "occurred_at"


def offline_file(settings: Settings, view: str) -> Path:
    """The Parquet file behind a view: the entity key, `occurred_at` in UTC and the features."""
    return settings.state / "lakehouse" / "feast" / f"{view}.parquet"
