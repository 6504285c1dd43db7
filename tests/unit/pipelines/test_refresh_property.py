"""However changes are cut into batches and sent again, silver is what the source is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.tables import find_table
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.lakes import Json, change, instalment, land, small_lake

TABLE = find_table("diasporacore", "loan_repayments")
SILVER = find_silver(TABLE.silver)


@pytest.fixture(scope="module", autouse=True)
def tiny_files() -> Iterator[None]:
    """Two rows a file, so that a handful of keys lies in many files of which a refresh leaves some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.lakehouse.writing.FILE_ROWS", 2)
        patch.setattr("pipelines.lakehouse.touched.SMALL_ROWS", 2)
        yield


# Writes to three keys: an amount in cents, or None for a delete.
writes = st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(0, 10**6)), min_size=1, max_size=12)


def history(steps: list[tuple[int, int | None]]) -> tuple[list[Json], dict[int, Decimal]]:
    """The changes that PostgreSQL would emit for the steps, and the rows that it then holds."""
    rows: dict[int, Decimal] = {}
    changes = []
    for lsn, (key, cents) in enumerate(steps, start=1):
        if cents is None:
            if rows.pop(key, None) is not None:
                changes.append(change("d", instalment(key), lsn))
        else:
            operation = "u" if key in rows else "c"
            rows[key] = Decimal(cents) / 100
            changes.append(change(operation, instalment(key, paid=f"{rows[key]:.2f}"), lsn))
    return changes, rows


@given(writes, st.lists(st.integers(0, 4), min_size=1, max_size=4), st.integers(0, 3))
@settings(max_examples=12)
def test_batches_and_redeliveries_lead_to_the_source(
    steps: list[tuple[int, int | None]], sizes: list[int], back: int
) -> None:
    changes, rows = history(steps)
    with tempfile.TemporaryDirectory() as folder, small_lake(Path(folder)) as lake:
        offset, sent = 0, 0
        for size in [*sizes, len(changes)]:
            # A connector that restarts sends the last changes again, at new offsets.
            begin = max(0, sent - back)
            batch: list[Json | str | None] = list(changes[begin : sent + size])
            if batch:
                offset = land(lake, TABLE.bronze, TABLE.topic, batch, offset)
            sent = min(len(changes), sent + size)
            refresh(lake, SILVER)
        lake.attach(SILVER.name)
        found = lake.session.execute(f"select instalment, paid_amount from {SILVER.name}").fetchall()
        assert dict(found) == rows
        before = content_hash(lake, SILVER.name)
        refresh(lake, SILVER, full=True)
        assert content_hash(lake, SILVER.name) == before
