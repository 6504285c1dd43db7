"""What must hold of `features.transaction_activity` before anything learns from it."""

from __future__ import annotations

from pipelines.features.activity import KEY, SOURCE, TABLE, TAKEN, declared_features
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


def features_never_logged(lake: Lake) -> list[str]:
    """Declared features that are null in every row: the kernel and the declaration have drifted apart."""
    lake.attach(TABLE)
    names = [feature.name for feature in declared_features()]
    counts = ", ".join(f"count({name}) as {name}" for name in names)
    row = lake.session.execute(f"select {counts} from {TABLE}").fetchone()  # noqa: S608
    return [name for name, count in zip(names, row or (), strict=True) if not count]
