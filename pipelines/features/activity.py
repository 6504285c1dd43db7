"""`features.transaction_activity`: one row for each decision, the vector that it was made from as columns."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from contracts.features import INTEGERS, Feature, feature_view, load_feature_views
from contracts.settings import Settings
from feature_repo.offline import offline_file
from pipelines.lakehouse.catalog import Head, Lake
from pipelines.lakehouse.columns import SilverColumn

TABLE = "features.transaction_activity"
SOURCE = "silver.decisions"
KEY = ("transaction_id", "leg", "attempt")
TAKEN = "mode = 'job'"  # the activity of a decision made without the job is that of an earlier moment

_ACTIVITY = "account_activity"
_CONTEXT = (
    SilverColumn("transaction_id", "text", "With leg and attempt, the movement"),
    SilverColumn("leg", "text", "Money leaves (debit) or reaches (credit) the account"),
    SilverColumn("attempt", "integer", "Counts what was asked again in another way"),
    SilverColumn("account_id", "text", "Account"),
    SilverColumn("occurred_at", "timestamp", "Business time"),
    SilverColumn("kind", "text", "Kind of movement"),
    SilverColumn("amount_usd_minor", "integer", "Amount in US cents"),
    SilverColumn("origin", "text", "live, request or history"),
)


def declared_features() -> tuple[Feature, ...]:
    """Every feature that a decision logs, in declaration order."""
    return tuple(feature for view in load_feature_views() for feature in view.features)


def activity_columns() -> tuple[SilverColumn, ...]:
    """The table's columns: the movement's context, then each declared feature."""
    features = (
        SilverColumn(
            feature.name,
            "integer" if feature.aggregate in INTEGERS else "number",
            f"{feature.description} ({feature.unit})",
            required=False,
        )
        for feature in declared_features()
    )
    return (*_CONTEXT, *features)


def read_activity(lake: Lake) -> pa.Table:
    """The rows of the table from the decisions as they stand, in time order; a feature not logged is null.

    Decisions made without the job are no rows.
    """
    lake.attach(SOURCE)
    columns = activity_columns()
    shape = {column.name: column.sql_type.upper() for column in columns[len(_CONTEXT) :]}
    context = ", ".join(column.name for column in _CONTEXT)
    return lake.query(
        f"select {context}, unnest(json_transform(features, ?)) from {SOURCE} "  # noqa: S608 - declared names only
        f"where {TAKEN} order by occurred_at, transaction_id, leg, attempt",
        [json.dumps(shape)],
    )


def refresh_activity(lake: Lake) -> tuple[Head, int]:
    """Write the whole table anew from the decisions; gives its snapshot and how many rows it holds."""
    source = lake.head(SOURCE)
    rows = read_activity(lake)
    properties = {f"atalaya.input.{SOURCE}": str(source.snapshot_id if source else "")}
    return lake.replace(TABLE, rows, activity_columns(), properties), rows.num_rows


def export_activity(lake: Lake, settings: Settings) -> Path:
    """The Parquet file behind Feast's `account_activity`, replaced in one step."""
    lake.attach(TABLE)
    names = [feature.name for feature in feature_view(_ACTIVITY).features]
    rows = lake.query(f"select account_id, occurred_at, {', '.join(names)} from {TABLE}")  # noqa: S608
    target = offline_file(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    pq.write_table(rows, partial, compression="zstd")
    partial.replace(target)
    return target
