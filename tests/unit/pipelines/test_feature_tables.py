"""The table that models learn from, Feast's files beside it, and what its check calls a feature that was never logged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from contracts.features import feature_names, feature_view, kept_views
from contracts.settings import Settings
from feature_repo.offline import offline_file
from pipelines.features.activity import TABLE, refresh_activity
from pipelines.features.export import export_views
from pipelines.features.silence import features_never_logged
from pipelines.lakehouse.catalog import Lake
from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import EVENTS_BRONZE, find_silver
from tests.unit.pipelines.lakes import START, land

Json = dict[str, Any]

TERMINAL = [feature.name for feature in feature_view("terminal_activity").features]
# Every name with a value that any column takes.
LOGGED: Json = dict.fromkeys(feature_names(), 1)


def decision(number: int, at: timedelta = timedelta(0), features: Json | None = None, **keys: object) -> Json:
    """A decision of the job as it tells it, on a movement that occurred so long after START."""
    data = {
        "transaction_id": f"t{number}",
        "leg": "debit",
        "attempt": 1,
        "origin": "live",
        "mode": "job",
        "app": "finflow",
        "jurisdiction": "US",
        "kind": "card_payment",
        "account_id": "a",
        "customer_id": "c",
        "amount_usd_minor": 100,
        "occurred_at": (START + at).isoformat(),
        "decided_at": (START + at).isoformat(),
        "sequence": number,
        "outcome": "allow",
        "score": None,
        "model_version": None,
        "pack_version": "p",
        "policy_version": "p",
        "features_version": 1,
        "rules": [],
        "features": LOGGED if features is None else features,
        **keys,
    }
    envelope = {"specversion": "1.0", "source": "/streaming", "type": "transaction.scored.v1", "subject": "x"}
    return {**envelope, "id": str(number), "time": data["decided_at"], "data": data}


def fill(lake: Lake, *decisions: Json) -> None:
    land(lake, EVENTS_BRONZE, "transaction.scores", decisions)
    refresh(lake, find_silver("silver.decisions"))
    refresh_activity(lake)
    lake.attach(TABLE)


def without(*names: str) -> Json:
    return {name: None if name in names else value for name, value in LOGGED.items()}


def test_a_row_has_every_feature_and_every_key_of_its_movement(lake: Lake) -> None:
    fill(lake, decision(1, terminal_id="till", counterparty_id="shop", device_id=None))
    keys = ", ".join(view.key for view in kept_views())
    assert lake.session.execute(f"select {keys} from {TABLE}").fetchall() == [("a", "shop", "c", None, "till")]
    names = ", ".join(feature_names())
    assert lake.session.execute(f"select {names} from {TABLE}").fetchone() == (1,) * len(feature_names())


def test_feast_has_a_file_of_each_view_with_the_rows_that_had_its_key(lake: Lake, tmp_path: Path) -> None:
    fill(lake, decision(1, terminal_id="till"), decision(2, terminal_id="till"), decision(3, device_id="phone"))
    settings = Settings(state=tmp_path)
    rows = export_views(lake, settings)
    assert rows == {
        "account_activity": 3,
        "counterparty_activity": 0,
        "customer_activity": 3,
        "device_activity": 1,
        "terminal_activity": 2,
    }
    for view in kept_views():
        written = pq.read_table(offline_file(settings, view.view))
        assert written.num_rows == rows[view.view]
        assert written.column_names == [view.key, "occurred_at", *(feature.name for feature in view.features)]
        assert str(written.schema.field("occurred_at").type) == "timestamp[us, tz=UTC]"


def test_a_key_that_never_occurs_asks_for_none_of_its_features(lake: Lake) -> None:
    fill(lake, decision(1, features=without(*TERMINAL)))
    assert features_never_logged(lake) == []


@pytest.mark.parametrize("name", ["account__count_transactions_1h", "account__mean_debit_7d", "transaction__is_cash"])
def test_what_every_movement_has_is_missed(lake: Lake, name: str) -> None:
    fill(lake, decision(1, features=without(name)))
    assert features_never_logged(lake) == [name]


def test_one_row_that_has_it_is_enough(lake: Lake) -> None:
    fill(lake, decision(1, features=without("account__count_transactions_1h")), decision(2))
    assert features_never_logged(lake) == []


def test_a_terminals_counts_are_due_at_once_its_mean_with_an_earlier_movement(lake: Lake) -> None:
    silent = without(*TERMINAL)
    fill(
        lake,
        decision(1, terminal_id="till", features=silent),
        decision(2, timedelta(hours=1), silent, terminal_id="till"),
    )
    counts = ["terminal__count_transactions_24h", "terminal__distinct_accounts_24h"]
    assert features_never_logged(lake) == counts
    land(lake, EVENTS_BRONZE, "transaction.scores", [decision(3, timedelta(hours=2), silent, terminal_id="till")], 2)
    refresh(lake, find_silver("silver.decisions"))
    refresh_activity(lake)
    assert features_never_logged(lake) == [*counts, "terminal__mean_debit_7d", "terminal__fraud_share_3d"]


def test_a_share_of_frauds_is_due_when_its_delayed_window_holds_a_movement(lake: Lake) -> None:
    silent = without(*TERMINAL)
    later = timedelta(days=7, hours=3)
    fill(lake, decision(1, terminal_id="till", features=silent), decision(2, later, silent, terminal_id="till"))
    assert {name for name in features_never_logged(lake) if "fraud" in name} == {
        "terminal__fraud_share_1d",
        "terminal__fraud_share_7d",
        "terminal__fraud_share_30d",
        "terminal__fraud_streak_30d",
        "terminal__fraud_streak_seconds_30d",
        "terminal__fraud_streak_mean_ratio_30d",
    }


def test_a_first_sight_of_a_device_is_due_where_there_is_a_device(lake: Lake) -> None:
    silent = without("account__first_seen_device", "account__seconds_since_other_ip_country")
    fill(lake, decision(1, features=silent))
    assert features_never_logged(lake) == []
    land(lake, EVENTS_BRONZE, "transaction.scores", [decision(2, features=silent, device_id="phone")], 1)
    refresh(lake, find_silver("silver.decisions"))
    refresh_activity(lake)
    assert features_never_logged(lake) == ["account__first_seen_device"]
