"""Whenever care comes between landing and refreshing, silver reads each record as new once, and bronze keeps it."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.lakehouse.care.compaction import compact
from pipelines.lakehouse.care.expiry import expire_snapshots
from pipelines.lakehouse.care.orphans import remove_orphans
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.content import content_hash
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.unit.pipelines.care.lakes import BRONZE, EVERYTHING, bronze_rows, sink
from tests.unit.pipelines.lakes import small_lake

SILVER = find_silver("silver.labels")
AT = "2026-11-01T00:00:00+00:00"

Step = Literal["land", "land again", "land next day", "refresh", "compact", "compact beside a landing", "tidy up"]
steps = st.lists(
    st.sampled_from(
        ("land", "land again", "land next day", "refresh", "compact", "compact beside a landing", "tidy up")
    ),
    min_size=4,
    max_size=14,
)


def label(offset: int) -> str:
    data = {
        "label_id": f"label-{offset}",
        "transaction_id": f"transaction-{offset}",
        "leg": "debit",
        "label": "fraud",
        "kind": "chargeback",
        "known_at": AT,
    }
    event = {"specversion": "1.0", "id": f"e{offset}", "source": "/x", "type": "label.recorded.v1", "time": AT}
    return json.dumps({**event, "data": data})


class Story:
    """What happened so far: how many records landed, which were sent twice, how many silver read as new."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.landed = 0
        self.copies = 0
        self.day = 0
        self.read = 0

    def take(self, step: Step) -> None:
        if step in {"land", "land next day"}:
            self.day += step == "land next day"
            self.land()
        elif step == "land again" and self.landed:
            self.write([self.landed - 1])
            self.copies += 1
        elif step == "refresh":
            self.read += refresh(self.lake, SILVER).changes
        elif step == "compact" and self.landed:
            compact(self.lake.catalog.load_table(BRONZE), EVERYTHING)
        elif step == "compact beside a landing" and self.landed:
            begun = self.lake.catalog.load_table(BRONZE)
            self.land()
            compact(begun, EVERYTHING)
        elif step == "tidy up" and self.landed:
            table = self.lake.catalog.load_table(BRONZE)
            later = datetime.now(UTC) + timedelta(days=365)
            expire_snapshots(table, timedelta(hours=1), later)
            remove_orphans(table, timedelta(days=1), later)

    def land(self) -> None:
        self.write([self.landed, self.landed + 1])
        self.landed += 2

    def write(self, offsets: list[int]) -> None:
        sink(self.lake, offsets, day=self.day, documents={offset: label(offset) for offset in offsets})


@given(steps)
@settings(max_examples=12)
def test_care_at_any_time_loses_nothing_and_shows_nothing_twice(taken: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder, small_lake(Path(folder)) as lake:
        story = Story(lake)
        story.land()
        refresh_first = refresh(lake, SILVER)
        assert refresh_first.rebuilt
        story.read = refresh_first.changes
        for step in taken:
            story.take(step)
        story.take("refresh")
        # What the sink sent twice before a refresh that saw neither copy is read twice and kept once, as without care.
        assert story.landed <= story.read <= story.landed + story.copies
        assert len(bronze_rows(lake)) == story.landed + story.copies
        assert {row[3] for row in bronze_rows(lake)} == set(range(story.landed))
        incremental = content_hash(lake, SILVER.name)
        assert refresh(lake, SILVER).changes == 0
        assert refresh(lake, SILVER, full=True).rows == story.landed
        assert content_hash(lake, SILVER.name) == incremental
