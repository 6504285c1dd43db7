"""Files that hold nothing for a table are read once, and nothing is written for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import Refreshed, refresh
from pipelines.lakehouse.specification import EVENTS_BRONZE, find_silver
from pipelines.lakehouse.writing import local_path
from tests.unit.pipelines.lakes import Json, land, transaction

LABELS = find_silver("silver.labels")


def land_label(lake: Lake, number: int) -> None:
    data: Json = {
        "label_id": f"l{number}",
        "transaction_id": "x",
        "leg": "debit",
        "label": "fraud",
        "kind": "dispute",
        "known_at": "2026-11-02T00:00:00Z",
    }
    envelope: Json = {
        "specversion": "1.0",
        "source": "/diasporacore",
        "type": "label.recorded.v1",
        "subject": "x",
        "id": f"event-{number}",
        "time": "2026-11-02T00:00:00Z",
        "data": data,
    }
    land(lake, EVENTS_BRONZE, "label.events", [envelope], number)


def land_movement(lake: Lake, number: int) -> None:
    land(lake, EVENTS_BRONZE, "transaction.events", [transaction(f"x{number}", "completed")], number)


def lose_files(lake: Lake) -> None:
    """Whoever reads what has landed so far fails."""
    for file in lake.data_files(EVENTS_BRONZE):
        Path(local_path(file.file_path)).unlink(missing_ok=True)


def refresh_labels(lake: Lake) -> Refreshed:
    return refresh(lake, LABELS)


@pytest.fixture
def labelled(lake: Lake) -> Lake:
    """One label, and a movement that landed after it and that a refresh of labels has looked through."""
    land_label(lake, 0)
    before = refresh_labels(lake)
    land_movement(lake, 0)
    after = refresh_labels(lake)
    assert (after.changes, after.snapshot_id) == (0, before.snapshot_id)
    return lake


def test_what_was_read_in_vain_is_not_read_again(labelled: Lake) -> None:
    lose_files(labelled)
    assert refresh_labels(labelled).changes == 0
    land_label(labelled, 1)
    done = refresh_labels(labelled)
    assert (done.changes, done.rows, done.rebuilt) == (1, 2, False)


def test_another_metadata_file_of_the_same_snapshot_forgets_nothing(labelled: Lake) -> None:
    table = labelled.find(LABELS.name)
    assert table is not None
    with table.transaction() as changed:
        changed.set_properties({"any": "thing"})
    lose_files(labelled)
    assert refresh_labels(labelled).changes == 0


def test_within_one_moment_a_second_refresh_knows_what_the_first_read(labelled: Lake) -> None:
    land_movement(labelled, 1)
    with labelled.heads_of_one_moment():
        refresh_labels(labelled)
        lose_files(labelled)
        assert refresh_labels(labelled).changes == 0


def test_a_rebuild_reads_everything_and_gives_the_same_content(labelled: Lake) -> None:
    land_label(labelled, 1)
    refresh_labels(labelled)
    before = content_hash(labelled, LABELS.name)
    done = refresh(labelled, LABELS, full=True)
    assert (done.changes, done.rebuilt) == (2, True)
    assert content_hash(labelled, LABELS.name) == before


def test_a_bronze_table_that_was_made_anew_is_read_from_its_beginning(labelled: Lake) -> None:
    labelled.catalog.drop_table(EVENTS_BRONZE)
    land_label(labelled, 7)
    done = refresh_labels(labelled)
    assert (done.changes, done.rows, done.rebuilt) == (1, 1, True)
