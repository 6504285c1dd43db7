"""Decisions that are stored together: each caller gets the one that counts, and a misfit is nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from contracts.settings import Settings
from serving import platform_schema
from serving.decisions.storing import DecisionStore
from serving.platform.database import open_pool
from tests.unit.recorder.test_batch import score

pytestmark = pytest.mark.integration

Json = dict[str, Any]


@pytest.fixture
def platform(postgres: Settings) -> Iterator[Settings]:
    with psycopg.connect(postgres.database_url("platform"), autocommit=True) as connection:
        platform_schema.apply(connection)
        connection.execute("truncate decisions, rescored")
        yield postgres


def stored(settings: Settings, *documents: Json) -> list[Json | BaseException]:
    """What callers get who store these at the same time."""

    async def run() -> list[Json | BaseException]:
        async with open_pool(settings) as pool:
            store = DecisionStore(pool)
            return await asyncio.gather(*map(store.store, documents), return_exceptions=True)

    return asyncio.run(run())


def kept(settings: Settings) -> list[Json]:
    with psycopg.connect(settings.database_url("platform")) as connection:
        return [row[0] for row in connection.execute("select document from decisions order by transaction_id")]


def test_each_gets_its_own(platform: Settings) -> None:
    documents = [score(transaction_id=f"t{number:03}") for number in range(250)]
    assert stored(platform, *documents) == documents
    assert kept(platform) == documents


def test_of_two_on_one_movement_both_get_the_first(platform: Settings) -> None:
    first, second = score(transaction_id="t1"), score(transaction_id="t1", outcome="decline")
    assert stored(platform, first, second) == [first, first]
    assert stored(platform, second, score(transaction_id="t2")) == [first, score(transaction_id="t2")]
    assert kept(platform) == [first, score(transaction_id="t2")]


def test_what_does_not_fit_fails_alone(platform: Settings) -> None:
    sound, misfit = score(transaction_id="t1"), score(transaction_id="t2", leg="sideways")
    told, refused = stored(platform, sound, misfit)
    assert told == sound
    assert isinstance(refused, psycopg.IntegrityError)
    assert kept(platform) == [sound]
