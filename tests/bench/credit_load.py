"""Credit applications to the API in a process of its own: `python -m tests.bench.credit_load SECONDS NAME FILE [--rate RATE]`.

With a rate they are sent when they are due, and a latency counts from then; without one, so many ask again as soon as they are
answered. FILE gets one JSON line for each: `due` and `done` in seconds since 1970, and the `status`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import uvloop

from contracts.settings import Settings, load_settings

Json = dict[str, Any]

_AT_ONCE = 8
_AHEAD_SECONDS = 0.5
_TIMEOUT_SECONDS = 5.0
_SEED = 20261129


def applications(name: str) -> Iterator[Json]:
    """Each by another customer; one bureau score in eight is missing."""
    draw = np.random.default_rng(_SEED)
    for number in count():
        income = round(float(draw.lognormal(8, 0.4)), 2)
        features: Json = {
            "applied_income": income,
            "applied_employment_months": int(draw.integers(0, 120)),
            "applied_existing_debt": round(income * float(draw.gamma(1.5, 0.6)), 2),
            "applied_remittances_90d": int(draw.integers(0, 9)),
            "principal": round(income * float(draw.uniform(0.2, 1.5)), 2),
        }
        if number % 8:
            features["applied_bureau_score"] = round(float(draw.normal(650, 60)))
        yield {"application_id": f"{name}-{number}", "customer_id": f"{name}-{number}", "features": features}


async def ask(settings: Settings, name: str, seconds: float, rate: float | None) -> list[Json]:
    """What became of each application, over connections that stay open."""
    headers = {"X-API-Key": settings.secret("api_key_demo").get_secret_value()}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    waiting, found = applications(name), list[Json]()
    async with aiohttp.ClientSession(
        headers=headers, timeout=timeout, connector=aiohttp.TCPConnector(limit=0)
    ) as session:

        async def one(body: Json, due: float) -> None:
            try:
                async with session.post(f"{settings.url('api')}/v1/decisions/credit", json=body) as answer:
                    await answer.read()
                    status = str(answer.status)
            except (aiohttp.ClientError, TimeoutError) as error:
                status = type(error).__name__
            found.append({"due": due, "done": time.time(), "status": status})

        async def again(until: float) -> None:
            while time.time() < until:
                await one(next(waiting), time.time())

        async with asyncio.TaskGroup() as group:
            begin = time.time() + _AHEAD_SECONDS
            if rate is None:
                for _ in range(_AT_ONCE):
                    group.create_task(again(begin + seconds))
            else:
                for number in range(round(rate * seconds)):
                    due = begin + number / rate
                    await asyncio.sleep(max(due - time.time(), 0))
                    group.create_task(one(next(waiting), due))
    return found


def main() -> None:
    """Ask, then write down what happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.credit_load")
    parser.add_argument("seconds", type=float)
    parser.add_argument("name")
    parser.add_argument("file", type=Path)
    parser.add_argument("--rate", type=float)
    given = parser.parse_args()
    rows = uvloop.run(ask(load_settings(), given.name, given.seconds, given.rate))
    given.file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
