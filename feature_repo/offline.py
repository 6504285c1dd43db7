"""Where Feast's offline store finds the activity: one Parquet file beside the Iceberg table it was written from."""

from __future__ import annotations

from pathlib import Path

from contracts.settings import Settings

EVENT_TIME = "occurred_at"


def offline_file(settings: Settings) -> Path:
    """The Parquet file behind `account_activity`: the entity key, `occurred_at` in UTC and the features."""
    return settings.state / "lakehouse" / "feast" / "account_activity.parquet"
