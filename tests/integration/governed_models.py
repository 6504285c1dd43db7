"""Registered fraud models on a real registry, and the platform's tables that their promotions are written into."""

from __future__ import annotations

import shutil

import psycopg

from contracts.models import ModelName
from contracts.models.files import champion_file
from contracts.settings import Settings
from ml.fraud.run import train_fraud
from ml.governance.registry import CHALLENGER, CHAMPION, Run, alias_holder, open_registry, record
from serving import platform_schema
from tests.unit.ml.movements import decisions, labels


def prepare_platform(settings: Settings) -> None:
    """The platform's tables, as the API and the recorder make them when they start, and no history of promotions."""
    with psycopg.connect(settings.database_url("platform"), autocommit=True) as connection:
        connection.execute("drop table if exists model_promotions")
        platform_schema.apply(connection)


def serve_nothing(settings: Settings, model: ModelName = "fraud") -> None:
    """No champion, no challenger, no file of a model; what is registered stays."""
    client = open_registry(settings)
    for alias in (CHAMPION, CHALLENGER):
        if alias_holder(client, model, alias) is not None:
            client.delete_registered_model_alias(model, alias)
    shutil.rmtree(champion_file(settings, model).parent, ignore_errors=True)


def registered(settings: Settings, seed: int, gate: str = "passed") -> tuple[str, bytes]:
    """The number and the artefact of a version whose run says this of its gate."""
    frame = decisions(count=3000, seed=seed)
    trained = train_fraud(frame, labels(frame))
    run = Run(
        model="fraud",
        content=trained.content,
        version=trained.version,
        parameters={},
        metrics={},
        tags={"gate": gate, "code": "git:abc"},
        files={},
    )
    return record(settings, run).number, trained.content


def served(settings: Settings) -> tuple[str | None, bytes]:
    """The number that the registry calls champion, and the file by which decisions are made."""
    number = alias_holder(open_registry(settings), "fraud", CHAMPION)
    return number, champion_file(settings, "fraud").read_bytes()
