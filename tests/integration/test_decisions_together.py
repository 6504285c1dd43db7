"""Decisions asked about and stored together: each caller gets the one that counts, and a misfit is nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from contracts.settings import Settings
from serving import platform_schema
from serving.decisions.repository import Answer, Movement, ask_decisions, store_decisions
from serving.platform.database import open_pool
from serving.platform.together import Together
from tests.unit.recorder.test_batch import score

pytestmark = pytest.mark.integration

Json = dict[str, Any]


@pytest.fixture
def platform(postgres: Settings) -> Iterator[Settings]:
    with psycopg.connect(postgres.database_url("platform"), autocommit=True) as connection:
        platform_schema.apply(connection)
        connection.execute("truncate decisions, rescored, questions")
        yield postgres


def stored(settings: Settings, *documents: Json) -> list[Json | BaseException]:
    """What callers get who store these at the same time."""

    async def run() -> list[Json | BaseException]:
        async with open_pool(settings) as pool:
            store: Together[Json, Json] = Together(partial(store_decisions, pool))
            return await asyncio.gather(*map(store, documents), return_exceptions=True)

    return asyncio.run(run())


def asked(settings: Settings, *questions: tuple[str, Json]) -> list[Answer]:
    """What callers are told who ask about these movements at the same time."""

    async def run() -> list[Answer]:
        async with open_pool(settings) as pool:
            ask = Together(partial(ask_decisions, pool))
            return await asyncio.gather(*(ask((debit(transaction_id), own)) for transaction_id, own in questions))

    return asyncio.run(run())


def debit(transaction_id: str) -> Movement:
    return transaction_id, "debit", 1


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


def test_the_first_question_counts_also_among_those_asked_together(platform: Settings) -> None:
    hundred, more = {"amount_minor": 100}, {"amount_minor": 101}
    assert asked(platform, ("t1", hundred), ("t2", more), ("t1", more)) == [
        (hundred, None),
        (more, None),
        (hundred, None),
    ]
    assert asked(platform, ("t1", more)) == [(hundred, None)]


def test_whoever_asks_about_what_was_decided_gets_the_decision(platform: Settings) -> None:
    own, first, second = {"amount_minor": 100}, score(transaction_id="t1"), score(transaction_id="t2")
    assert asked(platform, ("t1", own)) == [(own, None)]
    stored(platform, first, second)
    assert asked(platform, ("t2", own), ("t1", own)) == [(None, second), (own, first)]
