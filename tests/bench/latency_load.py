"""Open-loop load in a process of its own: `python -m tests.bench.latency_load KIND RATE SECONDS NAME FILE`.

What is due is sent when it is due, whatever became of what was sent before; a latency counts from when it was due. FILE
gets one JSON line for each: `id`, `due` and `sent`, and for what is answered `done` and `answer`, in seconds since 1970.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop
from confluent_kafka import Producer

from contracts.settings import Settings, load_settings
from serving.decisions.exchange import Exchange
from tests.bench.streaming_events import Traffic, messages

Json = dict[str, Any]

EVENTS, REPLIES_PARTITION = "transaction.events", 4  # the last one: the API's first worker has the first

_ACCOUNTS = 20_000
_DISTINCT = 20_000
_AHEAD_SECONDS = 1.0
_TIMEOUT_SECONDS = 5.0
_ASKED = ("app", "jurisdiction", "kind", "channel", "account_id", "customer_id", "amount_minor", "currency")
_OPTIONAL = ("tenant_id", "counterparty_id", "counterparty_country", "device_id", "ip_country", "terminal_id", "leg")


@dataclass(frozen=True)
class Load:
    """So many a second for so long; identifiers begin with `name`."""

    rate: float
    seconds: float
    name: str

    @property
    def count(self) -> int:
        """How many in all."""
        return round(self.rate * self.seconds)


def told(load: Load) -> Iterator[Json]:
    """Events as of an outbox, each with an identifier of its own; the instant is the sender's to set."""
    drawn = [orjson.loads(value) for _, value in messages(Traffic(min(load.count, _DISTINCT), _ACCOUNTS))]
    for number, event in zip(range(load.count), cycle(drawn), strict=False):
        identity = f"{load.name}-{number}"
        yield {**event, "id": identity, "subject": identity, "data": {**event["data"], "transaction_id": identity}}


def produce(settings: Settings, load: Load) -> Iterator[Json]:
    """Events into the topic of live movements, as fast as they are due."""
    producer = Producer(
        {"bootstrap.servers": settings.kafka_bootstrap, "partitioner": "murmur2_random", "linger.ms": 0, "acks": "all"}
    )
    events = list(told(load))
    begin = time.time() + _AHEAD_SECONDS
    for number, event in enumerate(events):
        due = begin + number / load.rate
        # Asleep until then: whoever waits awake takes a core from what is measured.
        time.sleep(max(due - time.time(), 0))
        producer.poll(0)
        sent = time.time()
        event["time"] = event["data"]["occurred_at"] = _utc(sent)
        producer.produce(EVENTS, orjson.dumps(event), event["data"]["account_id"].encode())
        yield {"id": event["id"], "due": due, "sent": sent}
    producer.flush(_TIMEOUT_SECONDS)


async def ask_api(settings: Settings, load: Load) -> list[Json]:
    """Questions to the API over connections that stay open."""
    key = settings.secret("api_key_demo").get_secret_value()
    address = f"{settings.url('api')}/v1/decisions/transactions"
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers={"X-API-Key": key}, timeout=timeout, connector=connector) as session:

        async def ask(event: Json) -> str:
            movement = event["data"]
            body = {name: movement[name] for name in (*_ASKED, "transaction_id")}
            body |= {name: movement[name] for name in _OPTIONAL if name in movement}
            async with session.post(address, json=body) as answer:
                document = await answer.json()
                return str(document.get("mode")) if answer.status == 200 else f"http {answer.status}"

        return await _ask_all(load, ask)


async def ask_bare(settings: Settings, load: Load) -> list[Json]:
    """The same questions without API and database: the API's own way to the job and back."""
    exchange = Exchange(settings.kafka_bootstrap, REPLIES_PARTITION)
    exchange.start()
    deadline = time.monotonic() + 30
    while True:
        try:
            await exchange.check()
            break
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)

    async def ask(event: Json) -> str:
        asked = {**event, "type": "transaction.attempted.v1", "time": _utc(time.time())}
        asked["data"] = {**event["data"], "status": "attempted"}
        return str((await exchange.ask(asked, _TIMEOUT_SECONDS))["mode"])

    try:
        return await _ask_all(load, ask)
    finally:
        await exchange.close()


async def _ask_all(load: Load, ask: Callable[[Json], Awaitable[str]]) -> list[Json]:
    events = list(told(load))
    gc.freeze()
    begin = time.time() + _AHEAD_SECONDS
    found: list[Json] = []

    async def one(event: Json, due: float) -> None:
        sent = time.time()
        try:
            answer = await ask(event)
        except (aiohttp.ClientError, TimeoutError) as error:
            answer = type(error).__name__
        found.append({"id": event["id"], "due": due, "sent": sent, "done": time.time(), "answer": answer})

    async with asyncio.TaskGroup() as group:
        for number, event in enumerate(events):
            due = begin + number / load.rate
            await asyncio.sleep(max(due - time.time(), 0))
            group.create_task(one(event, due))
    return found


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def main() -> None:
    """Send it all, then write down what happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency_load")
    parser.add_argument("kind", choices=["events", "api", "bare"])
    parser.add_argument("rate", type=float)
    parser.add_argument("seconds", type=float)
    parser.add_argument("name")
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    load, settings = Load(given.rate, given.seconds, given.name), load_settings()
    if given.kind == "events":
        rows = list(produce(settings, load))
    else:
        rows = uvloop.run((ask_api if given.kind == "api" else ask_bare)(settings, load))
    given.file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
