"""Fallback decisions wait in a real PostgreSQL until Kafka, here a function that can be away, has taken them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import psycopg
import pytest

from contracts.decisions import load_policy
from contracts.errors import TransientError
from contracts.events import validate_event
from contracts.settings import Settings
from serving.api.application import prepare_database
from serving.decisions.fallback import decide_alone
from serving.decisions.publication import FALLBACKS
from serving.platform.database import open_pool
from serving.platform.publication import Publication
from tests.unit.serving.movement import NOW, movement

pytestmark = pytest.mark.integration


class Topic:
    """Takes events unless it is away."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[tuple[str, str, dict[str, Any]]] = []

    async def publish(self, topic: str, key: str, event: dict[str, Any]) -> None:
        if self.away:
            raise TransientError("away")
        validate_event(event)
        self.taken.append((topic, key, event))


def test_what_the_api_decided_alone_is_told_once_and_after_an_outage(postgres: Settings) -> None:
    prepare_database(postgres)
    alone = decide_alone(movement(transaction_id="tx-alone"), {}, None, load_policy(), NOW)
    by_job = {**alone, "transaction_id": "tx-job", "mode": "job"}
    with psycopg.connect(postgres.database_url("platform"), autocommit=True) as connection:
        connection.execute("truncate decisions")
        connection.execute("select * from record_decisions(%s)", [json.dumps([alone, by_job])])
    topic = Topic()

    async def tell() -> list[int]:
        async with open_pool(postgres) as pool:
            publication = Publication(pool, topic.publish, FALLBACKS)
            topic.away = True
            with pytest.raises(TransientError):
                await publication.publish_waiting()
            topic.away = False
            return [await publication.publish_waiting(), await publication.publish_waiting()]

    assert asyncio.run(tell()) == [1, 0]
    ((name, key, event),) = topic.taken
    assert (name, key, event["id"], event["data"]) == (
        "transaction.scores",
        "tx-alone",
        "tx-alone:debit:1:fallback",
        alone,
    )
