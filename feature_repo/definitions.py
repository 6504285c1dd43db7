"""Feast objects of every declared view that an entity keeps between events. Importing this module loads Feast (5 s)."""

from __future__ import annotations

from typing import Any

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.data_format import ParquetFormat
from feast.types import Float64, Int64, String

from contracts.events import event_schema
from contracts.features import INTEGERS, kept_views
from contracts.features import FeatureView as Declared
from contracts.settings import Settings
from feature_repo.offline import EVENT_TIME, offline_file

_MOVEMENT = "transaction.processed.v1"


def feast_entity(declared: Declared) -> Entity:
    """The entity of a view, whose key is the platform's own identifier of it."""
    said: str = event_schema(_MOVEMENT).schema["properties"][declared.key]["description"]
    return Entity(name=declared.entity, join_keys=[declared.key], value_type=ValueType.STRING, description=said)


def feast_view(declared: Declared, settings: Settings) -> FeatureView:
    """What the kernel keeps for an entity: online the latest vector, offline one row per decision that had its key.

    No time to live: a reader is told the vector's age and the decision policy says what is too old.
    """
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
        name=f"{declared.view}_source",
        path=str(offline_file(settings, declared.view)),
        file_format=ParquetFormat(),
        timestamp_field=EVENT_TIME,
        description="Written from features.transaction_activity after each run.",
    )
    return FeatureView(
        name=declared.view,
        entities=[feast_entity(declared)],
        schema=[Field(name=declared.key, dtype=String), *features],
        source=source,
        online=True,
        description=f"Activity of each {declared.entity}, version {declared.version} of its declaration.",
        tags={"version": str(declared.version), "class": declared.classification},
    )


def feast_objects(settings: Settings) -> list[Any]:
    """Everything that `feast apply` registers."""
    entities = [feast_entity(declared) for declared in kept_views()]
    views = [feast_view(declared, settings) for declared in kept_views()]
    service = FeatureService(
        name="fraud", features=[*views], description="What the fraud model reads of a movement's keys."
    )
    return [*entities, *views, service]
