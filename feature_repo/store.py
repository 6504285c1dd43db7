"""Feast's stores for this platform: Valkey online, DuckDB over Parquet offline, the registry in PostgreSQL."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.errors import TransientError
from contracts.features import kept_views
from contracts.settings import Settings
from feature_repo.offline import offline_file
from feature_repo.stored_view import PROJECT

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]
    from feast import FeatureStore, RepoConfig

logger = logging.getLogger(__name__)


def repository_config(settings: Settings) -> RepoConfig:
    """Feast's configuration."""
    from feast import RepoConfig  # noqa: PLC0415 - Feast costs 5 s to import

    address = settings.database_url("feast", driver="postgresql+psycopg")
    password = json.dumps(settings.secret("valkey").get_secret_value())  # quoted: Feast parses it as JSON
    return RepoConfig(
        project=PROJECT,
        provider="local",
        registry={
            "registry_type": "sql",
            "path": address,
            "cache_ttl_seconds": 60,
            "sqlalchemy_config_kwargs": {"pool_pre_ping": True},
        },
        online_store={"type": "redis", "connection_string": f"{settings.valkey_url},password={password}"},
        offline_store={"type": "duckdb"},
        entity_key_serialization_version=3,
    )


@contextmanager
def open_store(settings: Settings) -> Iterator[FeatureStore]:
    """Feast's own door to the registry and both stores, for the length of a `with`.

    Feast never closes the connections of its SQL registry, so they are closed here.
    """
    from feast import FeatureStore  # noqa: PLC0415 - Feast costs 5 s to import
    from feast.infra.registry.sql import SqlRegistry  # noqa: PLC0415

    store = FeatureStore(config=repository_config(settings))
    try:
        yield store
    finally:
        if isinstance(registry := store.registry, SqlRegistry):
            registry.write_engine.dispose()
            registry.read_engine.dispose()


def apply_definitions(settings: Settings) -> list[str]:
    """Register the declared entities, views and services; gives their names. The Parquet files must exist."""
    from feature_repo.definitions import feast_objects  # noqa: PLC0415 - Feast costs 5 s to import

    for declared in kept_views():
        if not offline_file(settings, declared.view).exists():
            raise TransientError(
                f"The {declared.view} has not been exported yet.", hint=f"Run the asset features/{declared.view}."
            )
    objects = feast_objects(settings)
    with open_store(settings) as store:
        store.apply(objects)
    return [item.name for item in objects]


def materialise(settings: Settings, start: datetime, end: datetime) -> None:
    """Copy the latest vector of each key between two moments (UTC) from the offline to the online store.

    A vector that is already newer online stays: Feast compares event times.
    """
    with open_store(settings) as store:
        store.materialize(start, end, feature_views=[declared.view for declared in kept_views()])


def historical_features(settings: Settings, entities: pd.DataFrame) -> pd.DataFrame:
    """The activity of each row's keys as it was at its `event_timestamp` (Feast's point-in-time join), for slow consumers.

    Training joins by movement instead, because the kernel logged the vector with each decision.
    """
    with open_store(settings) as store:
        job = store.get_historical_features(entities, features=store.get_feature_service("fraud"))
        frame: pd.DataFrame = job.to_df()
    return frame
