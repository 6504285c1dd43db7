"""Feast objects of every declared view that an entity keeps between events. Importing this module loads Feast (5 s)."""

from __future__ import annotations

from typing import Any

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.data_format import ParquetFormat
from feast.types import Float64, Int64, String

from contracts.features import INTEGERS, feature_view
from contracts.settings import Settings
from feature_repo.offline import EVENT_TIME, offline_file

PROJECT = "atalaya"
ACTIVITY = "account_activity"


def activity_entity() -> Entity:
    """The account, whose key is the platform's own `account_id`."""
    declared = feature_view(ACTIVITY)
    return Entity(
        name=declared.entity,
        join_keys=[declared.key],
        value_type=ValueType.STRING,
        description="An account that moves money.",
    )


def activity_view(settings: Settings) -> FeatureView:
    """What the kernel keeps for an account: online the latest vector, offline one row per decision.

    No time to live: a reader is told the vector's age and the decision policy says what is too old.
    """
    declared = feature_view(ACTIVITY)
    key = Field(name=declared.key, dtype=String)
    features = [
        Field(
            name=feature.name,
            dtype=Int64 if feature.aggregate in INTEGERS else Float64,
            description=feature.description,
            tags={"unit": feature.unit, "class": declared.classification},
        )
        for feature in declared.features
    ]
    source = FileSource(
        name=f"{ACTIVITY}_source",
        path=str(offline_file(settings)),
        file_format=ParquetFormat(),
        timestamp_field=EVENT_TIME,
        description="Written from features.transaction_activity after each run.",
    )
    return FeatureView(
        name=ACTIVITY,
        entities=[activity_entity()],
        schema=[key, *features],
        source=source,
        online=True,
        description=f"Activity of an account, version {declared.version} of its declaration.",
        tags={"version": str(declared.version), "class": declared.classification},
    )


def feast_objects(settings: Settings) -> list[Any]:
    """Everything that `feast apply` registers."""
    view = activity_view(settings)
    service = FeatureService(name="fraud", features=[view], description="What the fraud model reads of an account.")
    return [activity_entity(), view, service]
