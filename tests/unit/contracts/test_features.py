"""Feature declarations: the grammar of their names, and that they refer to what events carry."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from contracts.events import event_schema
from contracts.features import (
    Feature,
    FeatureView,
    Range,
    feature_names,
    feature_view,
    features_version,
    kept_views,
    load_feature_views,
)
from contracts.models import fraud_model

EVENT = event_schema("transaction.processed.v1").schema["properties"]
VIEWS = load_feature_views()
FEATURES = [(view, feature) for view in VIEWS for feature in view.features]
WINDOW = re.compile(r"_(\d+[smhd])$")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
OF_FRAUDS = {
    "fraud_share": "ratio",
    "fraud_streak": "count",
    "fraud_streak_seconds": "seconds",
    "fraud_streak_mean": "ratio",
}
WINDOWED = {"count", "sum", "mean", "min", "max", "stddev", "distinct", "ratio_to_mean", *OF_FRAUDS}
OF_AMOUNTS = {"sum", "mean", "min", "max", "stddev", "ratio_to_mean"}
# What a name calls an aggregate, where it is not by its own word.
CALLED = {"ratio_to_mean": "ratio", "value": "", "matches": "is", "hour_of_day": "hour", "day_of_week": "day"}

every = pytest.mark.parametrize(("view", "feature"), FEATURES, ids=lambda part: getattr(part, "name", ""))


@every
def test_a_name_says_entity_aggregate_and_window(view: FeatureView, feature: Feature) -> None:
    entity, _, rest = feature.name.partition("__")
    assert entity == view.entity
    assert rest.startswith(CALLED.get(feature.aggregate, feature.aggregate.split("_", maxsplit=1)[0]))
    said = WINDOW.search(feature.name)
    if feature.window is None:
        assert said is None
    else:
        assert said is not None
        assert int(said[1][:-1]) * UNITS[said[1][-1]] == feature.window.total_seconds()


@every
def test_it_refers_to_fields_that_events_carry(view: FeatureView, feature: Feature) -> None:
    assert view.key in EVENT
    if feature.aggregate == "fraud_streak_mean":
        assert feature.of in {one.name for one in feature_view("account_activity").features}
    else:
        assert feature.of is None or feature.of in EVENT
    for field, condition in feature.filter.items():
        assert field in EVENT
        if isinstance(condition, Range):
            assert "integer" in EVENT[field]["type"]
            assert {condition.min, condition.max, condition.multiple_of} != {None}
        elif "enum" in EVENT[field]:
            assert set(condition) <= set(EVENT[field]["enum"])


@every
def test_a_window_is_a_whole_number_of_buckets(view: FeatureView, feature: Feature) -> None:
    assert view.features
    assert (feature.aggregate in WINDOWED) == (feature.window is not None) == (feature.resolution is not None)
    if feature.window and feature.resolution:
        assert feature.window % feature.resolution == feature.window - feature.window
        assert feature.window > feature.resolution


@every
def test_sums_are_of_integers_and_distinct_counts_have_a_cap(view: FeatureView, feature: Feature) -> None:
    assert view.classification in {"internal", "confidential"}
    if feature.aggregate in OF_AMOUNTS:
        assert EVENT[feature.of or ""]["type"] == "integer"
    assert (feature.aggregate in {"distinct", "first_seen"}) == (feature.cap is not None)


@every
def test_only_keys_that_live_on_but_the_account_read_closed_buckets(view: FeatureView, feature: Feature) -> None:
    """The account has an order of its own, the movement itself has no past; what has both is not read up to the event."""
    assert (view.lag is None) == (view.key in {"account_id", "transaction_id"})
    if view.lag is None or feature.resolution is None:
        return
    assert feature.aggregate not in {"ratio_to_mean", "first_seen", "seconds_since_last", "seconds_since_other"}
    assert view.lag <= feature.resolution < (feature.window or view.lag)


@every
def test_what_counts_frauds_for_a_model_waits_until_labels_have_come(view: FeatureView, feature: Feature) -> None:
    if feature.aggregate not in OF_FRAUDS:
        assert feature.delay is None
        return
    assert feature.unit == OF_FRAUDS[feature.aggregate]
    assert view.lag is not None
    assert feature.resolution is not None
    if feature.name in fraud_model().inputs:
        assert feature.delay is not None
        assert feature.delay % feature.resolution == feature.delay - feature.delay


@every
def test_what_waits_for_a_status_counts_what_reached_it(view: FeatureView, feature: Feature) -> None:
    if feature.transition is None:
        return
    assert view.key == "account_id"
    assert feature.aggregate == "count"
    assert feature.transition in EVENT["status"]["enum"]
    assert "status" not in feature.filter


@every
def test_what_tells_other_places_apart_names_the_field_that_it_compares(view: FeatureView, feature: Feature) -> None:
    assert view.entity
    if feature.aggregate in {"seconds_since_other", "first_seen", "distinct"}:
        assert "string" in EVENT[feature.of or ""]["type"]


def test_the_movement_itself_is_the_one_view_of_which_nothing_is_kept() -> None:
    assert [view for view in VIEWS if view not in kept_views()] == [feature_view("transaction")]
    assert len({view.key for view in kept_views()}) == len({view.entity for view in kept_views()}) == len(kept_views())


def test_names_are_unique_and_the_version_grows_with_each_view() -> None:
    assert len(set(feature_names())) == len(feature_names()) == len(FEATURES)
    assert features_version() == sum(view.version for view in VIEWS)
    assert all(view.version >= 1 for view in VIEWS)


def test_the_kernel_reads_durations_in_milliseconds_and_no_prose() -> None:
    (feature,) = [one for _, one in FEATURES if one.name == "account__sum_debit_24h"]
    assert feature.as_kernel_json() == {
        "name": "account__sum_debit_24h",
        "aggregate": "sum",
        "of": "amount_usd_minor",
        "window_ms": 86_400_000,
        "resolution_ms": 60_000,
        "filter": {"leg": ("debit",)},
    }


def test_the_kernel_reads_of_closed_buckets_how_long_before_they_end() -> None:
    told = feature_view("terminal_activity").as_kernel_json()
    assert {name: told[name] for name in ("view", "entity", "key", "lag_ms")} == {
        "view": "terminal_activity",
        "entity": "terminal",
        "key": "terminal_id",
        "lag_ms": 60_000,
    }
    (share,) = [one for one in told["features"] if one["name"] == "terminal__fraud_share_1d"]
    assert share["delay_ms"] == 7 * 86_400_000
    assert "lag_ms" not in feature_view("account_activity").as_kernel_json()


@pytest.mark.parametrize("divisor", [0, -500])
def test_a_multiple_is_of_something(divisor: int) -> None:
    with pytest.raises(ValidationError):
        Range(multiple_of=divisor)
