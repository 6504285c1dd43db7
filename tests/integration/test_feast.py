"""Feast and this platform agree: on the online layout, on what is newer, and on the past."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from contracts.errors import TransientError
from contracts.features import INTEGERS, feature_view
from contracts.settings import Settings
from feature_repo.offline import offline_file
from feature_repo.online import ActivityRow, OnlineActivity
from feature_repo.store import apply_definitions, historical_features, materialise, open_store
from tests.integration.serving_platform import running_stack

# Feast's own, and ibis' below it.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore"),
]

VIEW = feature_view("account_activity")
NAMES = [feature.name for feature in VIEW.features]
WHOLE = {feature.name for feature in VIEW.features if feature.aggregate in INTEGERS}
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


def row(account_id: str, at: datetime, seed: int = 1) -> ActivityRow:
    """A vector in which every fourth value is missing."""
    generator = random.Random(seed)  # noqa: S311 - test values
    features: dict[str, float | int | None] = {}
    for place, name in enumerate(NAMES):
        number = generator.randrange(-(10**9), 10**12) if name in WHOLE else generator.uniform(-1, 1e6)
        features[name] = None if (place + seed) % 4 == 0 else number
    return {"account_id": account_id, "occurred_at": at, "features": features}


def test_what_feast_writes_is_read_back_without_feast(online: OnlineActivity) -> None:
    rows = [row(f"round-{seed}", AT, seed) for seed in range(20)]
    assert online.write(rows) == 20
    for vector, written in zip(online.read([item["account_id"] for item in rows]), rows, strict=True):
        assert vector is not None
        assert (vector.occurred_at, vector.features) == (written["occurred_at"], written["features"])


def test_an_account_never_written_has_no_vector(online: OnlineActivity) -> None:
    assert online.read(["unheard-of"]) == [None]


def test_an_older_vector_never_replaces_a_newer_one(online: OnlineActivity) -> None:
    newer, older = row("order", AT, 1), row("order", AT - timedelta(seconds=1), 2)
    online.write([newer])
    online.write([older])
    (vector,) = online.read(["order"])
    assert vector is not None
    assert vector.features == newer["features"]


def test_writing_nothing_needs_no_store(online: OnlineActivity) -> None:
    assert online.write([]) == 0


def export(settings: Settings, rows: list[ActivityRow]) -> None:
    columns: dict[str, pa.Array] = {
        "account_id": pa.array([item["account_id"] for item in rows]),
        "occurred_at": pa.array([item["occurred_at"] for item in rows], pa.timestamp("us", "UTC")),
    }
    for name in NAMES:
        kind = pa.int64() if name in WHOLE else pa.float64()
        columns[name] = pa.array([item["features"][name] for item in rows], kind)
    offline_file(settings).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), offline_file(settings))


def test_before_the_first_export_feast_cannot_be_told(settings: Settings) -> None:
    offline_file(settings).unlink(missing_ok=True)
    with pytest.raises(TransientError, match="not been exported"):
        apply_definitions(settings)


def test_the_offline_store_fills_the_online_one_and_feast_serves_the_same(
    settings: Settings, online: OnlineActivity
) -> None:
    past, present = row("offline", AT - timedelta(days=2), 3), row("offline", AT, 5)
    export(settings, [past, present])
    assert apply_definitions(settings) == ["account", "account_activity", "fraud"]
    materialise(settings, AT - timedelta(days=30), AT + timedelta(seconds=1))
    (vector,) = online.read(["offline"])
    assert vector is not None
    assert vector.features == present["features"]
    with open_store(settings) as store:
        served = store.get_online_features(
            features=store.get_feature_service("fraud"), entity_rows=[{"account_id": "offline"}]
        ).to_dict()
    assert {name: served[name][0] for name in NAMES} == present["features"]


def test_the_past_is_told_as_it_was(settings: Settings) -> None:
    past, present = row("history", AT - timedelta(days=2), 3), row("history", AT, 5)
    export(settings, [past, present])
    apply_definitions(settings)
    asked = pd.DataFrame(
        {"account_id": ["history"] * 3, "event_timestamp": [AT - timedelta(days=3), AT - timedelta(days=1), AT]}
    )
    told = historical_features(settings, asked).sort_values("event_timestamp")
    name = next(name for name in NAMES if past["features"][name] is not None and present["features"][name] is not None)
    values = [None if pd.isna(value) else value for value in told[name]]
    assert values == [None, past["features"][name], present["features"][name]]
