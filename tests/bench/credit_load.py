"""Credit applications to the API in a process of its own: `python -m tests.bench.credit_load SECONDS NAME FILE [--rate RATE]`.

With a rate they are sent when they are due, and a latency counts from then; without one, so many ask again as soon as they are
answered. FILE gets one JSON line for each: `due` and `done` in seconds since 1970, and the `status`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from typing import Any

import aiohttp
import pandas as pd  # type: ignore[import-untyped]
import uvloop

from contracts.models.credit import CreditModelName
from contracts.settings import Settings, load_settings
from serving.credit.request import EXAMPLES, REQUESTS
from tests.unit.ml.applications import loans
from tests.unit.ml.business_loans import business_loans
from tests.unit.ml.consumer_loans import consumer_loans

Json = dict[str, Any]

_AT_ONCE = 8
_AHEAD_SECONDS = 0.5
_TIMEOUT_SECONDS = 5.0
LOANS: dict[CreditModelName, Callable[[], pd.DataFrame]] = {
    "micro_loan": loans,
    "sme_loan": business_loans,
    "consumer_loan": consumer_loans,
}


def applications(name: str) -> Iterator[Json]:
    """Of each product in turn, each by another customer, with what made loans were applied for with; what is missing there is not told."""
    made = {product: _rows(product) for product in LOANS}
    products = cycle(made)
    for number in count():
        product = next(products)
        rows = made[product]
        row = rows[number // len(made) % len(rows)]
        yield {
            **EXAMPLES[product]["value"],
            **row,
            "application_id": f"{name}-{number}",
            "customer_id": f"{name}-{number}",
        }


def _rows(product: CreditModelName) -> list[Json]:
    """The part of an application that a made loan tells: its `features` and, where it has one, its term in `months`.

    A loan that lacks what must be told is left out.
    """
    (asked,) = REQUESTS[product].model_json_schema()["$defs"].values()
    rows = []
    for loan in LOANS[product]().dropna(subset=asked["required"]).to_dict("records"):
        features = {column: _number(loan[column]) for column in asked["properties"] if not pd.isna(loan[column])}
        term = {"months": int(loan["term_months"])} if "term_months" in loan else {}
        rows.append({"features": features, **term})
    return rows


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


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
