"""Feast and this platform agree: on the online layout, on what is newer, and on the past."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from contracts.errors import TransientError
from contracts.features import INTEGERS, kept_views
from contracts.settings import Settings
from feature_repo.offline import offline_file
from feature_repo.online import OnlineActivity
from feature_repo.store import apply_definitions, historical_features, materialise, open_store
from feature_repo.vectors import ActivityRow, ActivityVector, latest_of
from tests.integration.serving_platform import running_stack

# Feast's own, and ibis' below it.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore"),
]

VIEWS = kept_views()
KEYS = [view.key for view in VIEWS]
NAMES = {view.view: [feature.name for feature in view.features] for view in VIEWS}
WHOLE = {feature.name for view in VIEWS for feature in view.features if feature.aggregate in INTEGERS}
AT = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with running_stack("postgres", "valkey") as settings:
        yield settings


@pytest.fixture
def online(settings: Settings) -> Iterator[OnlineActivity]:
    online = OnlineActivity(settings)
    yield online
    online.close()


def row(value: str, at: datetime, seed: int = 1) -> ActivityRow:
    """A vector in which every fourth value is missing, of a movement all of whose keys have one value."""
    generator = random.Random(seed)
    features: dict[str, float | int | None] = {}
    for place, name in enumerate(name for names in NAMES.values() for name in names):
        number = generator.randrange(-(10**9), 10**12) if name in WHOLE else generator.uniform(-1, 1e6)
        features[name] = None if (place + seed) % 4 == 0 else number
    return {"keys": dict.fromkeys(KEYS, value), "occurred_at": at, "features": features}


def told(written: ActivityRow, view: str) -> dict[str, float | int | None]:
    """What a vector says of one view."""
    return {name: written["features"][name] for name in NAMES[view]}


def test_what_was_written_is_read_back(online: OnlineActivity) -> None:
    rows = [row(f"round-{seed}", AT, seed) for seed in range(20)]
    assert online.write(latest_of(rows)) == 20 * len(VIEWS)
    for view in NAMES:
        for vector, written in zip(online.read(view, [f"round-{seed}" for seed in range(20)]), rows, strict=True):
            assert vector is not None
            assert (vector.occurred_at, vector.features) == (AT, told(written, view))


def test_a_key_never_written_has_no_vector(online: OnlineActivity) -> None:
    assert online.read("account_activity", ["unheard-of"]) == [None]


def test_an_older_vector_never_replaces_a_newer_one(online: OnlineActivity) -> None:
    newer, older = row("order", AT, 1), row("order", AT - timedelta(seconds=1), 2)
    online.write(latest_of([newer]))
    online.write(latest_of([older]))
    assert online.write(latest_of([newer])) == len(VIEWS)
    for view in NAMES:
        (vector,) = online.read(view, ["order"])
        assert vector is not None
        assert vector.features == told(newer, view)


def test_an_undefined_feature_leaves_nothing_of_an_earlier_vector(online: OnlineActivity) -> None:
    online.write(latest_of([row("undefined", AT, 1)]))
    undefined: ActivityRow = {"keys": {"account_id": "undefined"}, "occurred_at": AT + timedelta(1), "features": {}}
    online.write(latest_of([undefined]))
    (vector,) = online.read("account_activity", ["undefined"])
    assert vector is not None
    assert set(vector.features.values()) == {None}


def test_writing_nothing_needs_no_store(online: OnlineActivity) -> None:
    assert online.write({}) == 0


def test_the_vectors_of_a_movements_keys_come_together(online: OnlineActivity) -> None:
    written = row("together", AT, 7)
    online.write(latest_of([written]))
    movement = {"account_id": "together", "terminal_id": "together", "device_id": None, "customer_id": "unheard-of"}

    async def read() -> dict[str, ActivityVector]:
        try:
            return await online.read_movement(movement)
        finally:
            await online.close_async()

    found = asyncio.run(read())
    assert {view: vector.features for view, vector in found.items()} == {
        view: told(written, view) for view in ("account_activity", "terminal_activity")
    }


def export(settings: Settings, rows: list[ActivityRow]) -> None:
    for view in VIEWS:
        columns: dict[str, pa.Array] = {
            view.key: pa.array([item["keys"][view.key] for item in rows]),
            "occurred_at": pa.array([item["occurred_at"] for item in rows], pa.timestamp("us", "UTC")),
        }
        for name in NAMES[view.view]:
            kind = pa.int64() if name in WHOLE else pa.float64()
            columns[name] = pa.array([item["features"][name] for item in rows], kind)
        target = offline_file(settings, view.view)
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), target)


def test_before_the_first_export_feast_cannot_be_told(settings: Settings) -> None:
    export(settings, [row("exported", AT)])
    offline_file(settings, "terminal_activity").unlink()
    with pytest.raises(TransientError, match="terminal_activity has not been exported"):
        apply_definitions(settings)


def served(settings: Settings, value: str) -> dict[str, float | int | None]:
    """The features of all keys of that value, as Feast itself serves them."""
    with open_store(settings) as store:
        service = store.get_feature_service("fraud")
        found = store.get_online_features(features=service, entity_rows=[dict.fromkeys(KEYS, value)]).to_dict()
    return {name: found[name][0] for names in NAMES.values() for name in names}


def test_the_offline_store_fills_the_online_one_and_feast_serves_the_same(
    settings: Settings, online: OnlineActivity
) -> None:
    past, present = row("offline", AT - timedelta(days=2), 3), row("offline", AT, 5)
    export(settings, [past, present])
    assert apply_definitions(settings) == [view.entity for view in VIEWS] + [view.view for view in VIEWS] + ["fraud"]
    materialise(settings, AT - timedelta(days=30), AT + timedelta(seconds=1))
    for view in NAMES:
        (vector,) = online.read(view, ["offline"])
        assert vector is not None
        assert (vector.occurred_at, vector.features) == (AT, told(present, view))
    assert served(settings, "offline") == present["features"]


def test_feast_serves_what_was_written_without_it(settings: Settings, online: OnlineActivity) -> None:
    export(settings, [row("exported", AT)])
    apply_definitions(settings)
    written = row("live", AT + timedelta(seconds=1), 6)
    online.write(latest_of([written]))
    assert served(settings, "live") == written["features"]


def test_what_feast_fills_in_leaves_a_newer_vector(settings: Settings, online: OnlineActivity) -> None:
    newer = row("raced", AT + timedelta(hours=1), 2)
    online.write(latest_of([newer]))
    export(settings, [row("raced", AT, 3)])
    apply_definitions(settings)
    materialise(settings, AT - timedelta(days=30), AT + timedelta(seconds=1))
    assert served(settings, "raced") == newer["features"]


def test_the_past_is_told_as_it_was(settings: Settings) -> None:
    past, present = row("history", AT - timedelta(days=2), 3), row("history", AT, 5)
    export(settings, [past, present])
    apply_definitions(settings)
    moments = [AT - timedelta(days=3), AT - timedelta(days=1), AT]
    asked = pd.DataFrame({**{key: ["history"] * 3 for key in KEYS}, "event_timestamp": moments})
    found = historical_features(settings, asked).sort_values("event_timestamp")
    for name in present["features"]:
        values = [None if pd.isna(value) else value for value in found[name]]
        assert values == [None, past["features"][name], present["features"][name]], name
