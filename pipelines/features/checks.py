"""What must hold of `features.transaction_activity` before anything learns from it."""

from __future__ import annotations

from pipelines.features.activity import KEY, SOURCE, TABLE, TAKEN
from pipelines.lakehouse.catalog import Lake


def decisions_without_row(lake: Lake) -> int:
    """Decisions of the job that the table lacks, plus rows that no decision explains; 0 is right."""
    lake.attach(SOURCE, TABLE)
    key = ", ".join(KEY)
    return lake.count(
        f"select count(*) from (select {key} from {SOURCE} where {TAKEN}) as decided "  # noqa: S608 - declared names only
        f"full join (select {key}, 1 as present from {TABLE}) as held using ({key}) "
        "where present is null or decided.transaction_id is null"
    )


def repeated_movements(lake: Lake) -> int:
    """Movements with more than one row; 0 is right."""
    lake.attach(TABLE)
    return lake.count(f"select count(*) - count(distinct ({', '.join(KEY)})) from {TABLE}")  # noqa: S608
