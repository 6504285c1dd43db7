"""The gate: whoever comes when enough are being answered is sent away at once, and told when to come back."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice

import httpx
from starlette.types import Receive, Scope, Send

from serving.platform.gate import MAXIMUM_AT_ONCE, Gate

TOO_MANY = 3


class Held:
    """An application that tells its health, and anything else when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] != "/health":
            await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def asked_at_once(paths: list[str]) -> list[httpx.Response]:
    held = Held()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Gate(held)), base_url="http://test") as client:
        asking = [asyncio.create_task(client.get(path)) for path in paths]
        for done in islice(asyncio.as_completed(asking), len(paths) - MAXIMUM_AT_ONCE):
            await done
        held.go.set()
        answers = await asyncio.gather(*asking)
        assert (await client.get("/v1/decisions/any")).status_code == 200
    return answers


def test_those_beyond_the_limit_are_sent_away_while_the_others_are_answered() -> None:
    answers = asyncio.run(asked_at_once(["/v1/decisions/any"] * (MAXIMUM_AT_ONCE + TOO_MANY)))
    assert Counter(answer.status_code for answer in answers) == {200: MAXIMUM_AT_ONCE, 503: TOO_MANY}
    refused = answers[-1]
    assert refused.headers["Retry-After"] == "1"
    assert refused.json()["type"] == "transient"


def test_health_is_told_all_the_same() -> None:
    answers = asyncio.run(asked_at_once(["/v1/decisions/any"] * MAXIMUM_AT_ONCE + ["/health"]))
    assert [answer.status_code for answer in answers] == [200] * (MAXIMUM_AT_ONCE + 1)
