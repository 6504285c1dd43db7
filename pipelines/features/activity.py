"""`features.transaction_activity`: one row for each decision, the vector that it was made from as columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from contracts.errors import NotFoundError
from contracts.features import INTEGERS, load_feature_views
from pipelines.lakehouse.catalog import Lake, Movement
from pipelines.lakehouse.columns import SilverColumn
from pipelines.lakehouse.heads import Head
from pipelines.lakehouse.refresh import DEFINITION
from pipelines.lakehouse.touched import hold_rows, touched_files

TABLE = "features.transaction_activity"
SOURCE = "silver.decisions"
KEY = ("transaction_id", "leg", "attempt")
TAKEN = "mode = 'job'"  # the activity of a decision made without the job is that of an earlier moment

_INPUT = f"atalaya.input.{SOURCE}"
CONTEXT = (
    SilverColumn("transaction_id", "text", "With leg and attempt, the movement"),
    SilverColumn("leg", "text", "Money leaves (debit) or reaches (credit) the account"),
    SilverColumn("attempt", "integer", "Counts what was asked again in another way"),
    SilverColumn("account_id", "text", "Account"),
    SilverColumn("customer_id", "text", "Holder of the account"),
    SilverColumn("counterparty_id", "text", "Other side", required=False),
    SilverColumn("device_id", "text", "Device", required=False),
    SilverColumn("terminal_id", "text", "Card terminal or cash machine", required=False),
    SilverColumn("occurred_at", "timestamp", "Business time"),
    SilverColumn("kind", "text", "Kind of movement"),
    SilverColumn("amount_usd_minor", "integer", "Amount in US cents"),
    SilverColumn("origin", "text", "live, request or history"),
)


def activity_columns() -> tuple[SilverColumn, ...]:
    """The table's columns: the movement's context, then each declared feature."""
    features = (
        SilverColumn(
            feature.name,
            "integer" if feature.aggregate in INTEGERS else "number",
            f"{feature.description} ({feature.unit})",
            required=False,
        )
        for view in load_feature_views()
        for feature in view.features
    )
    return (*CONTEXT, *features)


def activity_sql(source: str) -> str:
    """The rows of the table from decisions, in time order; a feature not logged is null.

    Decisions made without the job are no rows.
    """
    columns = activity_columns()
    shape = json.dumps({column.name: column.sql_type.upper() for column in columns[len(CONTEXT) :]})
    context = ", ".join(column.name for column in CONTEXT)
    return (
        f"select {context}, unnest(json_transform(features, '{shape}')) from {source} "  # noqa: S608 - declared names only
        f"where {TAKEN} order by occurred_at, transaction_id, leg, attempt"
    )


def refresh_activity(lake: Lake) -> tuple[Head, int]:
    """Bring the table up to the decisions; gives its snapshot and how many rows it holds.

    Only decisions that came after the snapshot that the table shows are read, where nothing but that happened.
    """
    source = lake.head(SOURCE)
    if source is None:
        raise NotFoundError(f"The lakehouse has no {SOURCE}.", hint="Materialise silver first.")
    definition = hashlib.sha256(activity_sql(SOURCE).encode()).hexdigest()[:16]
    properties = {_INPUT: str(source.snapshot_id), DEFINITION: definition}
    head = lake.head(TABLE)
    known = head.properties if head and head.properties.get(DEFINITION) == definition else {}
    if head is not None and properties.items() <= dict(known).items():
        return head, head.rows
    movement = lake.movement(SOURCE, int(known[_INPUT])) if known.get(_INPUT) else None
    if movement is None:
        lake.attach(SOURCE)
        head = lake.replace(TABLE, lake.stream(activity_sql(SOURCE)), activity_columns(), properties)
    else:
        head = _bring_changes(lake, movement, properties)
    return head, head.rows


def _bring_changes(lake: Lake, movement: Movement, properties: Mapping[str, str]) -> Head:
    """Rows of decisions that came take the place of rows of those that went or came; other files stay."""
    for view, files in (("came", movement.added), ("went", movement.removed)):
        source = f"read_parquet({list(files)!r}, hive_partitioning = false)" if files else f"{SOURCE} where false"
        if not files:
            lake.attach(SOURCE)
        lake.session.execute(f"create or replace temp view {view} as select * from {source}")  # noqa: S608 - paths
    lake.session.execute(
        "create or replace temp table fresh as select * from came except select * from went;"
        "create or replace temp table stale as select * from went except select * from came"
    )
    key = ", ".join(KEY)
    lake.session.execute(
        f"create or replace temp table touched as select {key} from fresh union select {key} from stale"  # noqa: S608 - declared names
    )
    replaced = touched_files(lake, TABLE, KEY, "touched")
    hold_rows(lake, "current_rows", replaced, activity_columns())
    rest = f"select * from current_rows anti join touched using ({key})"  # noqa: S608 - likewise
    rows = (
        f"select * from ({rest} union all by name select * from ({activity_sql('fresh')})) order by occurred_at, {key}"  # noqa: S608 - likewise
    )
    return lake.replace(TABLE, lake.stream(rows), activity_columns(), properties, replaced)
