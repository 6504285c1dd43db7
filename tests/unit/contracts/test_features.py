"""Feature declarations: the grammar of their names, and that they refer to what events carry."""

from __future__ import annotations

import re

import pytest

from contracts.events import event_schema
from contracts.features import Feature, FeatureView, Range, feature_names, features_version, load_feature_views

EVENT = event_schema("transaction.processed.v1").schema["properties"]
VIEWS = load_feature_views()
FEATURES = [(view, feature) for view in VIEWS for feature in view.features]
WINDOW = re.compile(r"_(\d+[smhd])$")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WINDOWED = {"count", "sum", "mean", "max", "distinct", "ratio_to_mean"}
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
    assert feature.of is None or feature.of in EVENT
    for field, condition in feature.filter.items():
        assert field in EVENT
        if isinstance(condition, Range):
            assert "integer" in EVENT[field]["type"]
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
    if feature.aggregate in {"sum", "mean", "max", "ratio_to_mean"}:
        assert EVENT[feature.of or ""]["type"] == "integer"
    assert (feature.aggregate in {"distinct", "first_seen"}) == (feature.cap is not None)


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
