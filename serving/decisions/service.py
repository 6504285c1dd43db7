"""The one decision on a movement: stored, else asked of the job, else made alone; whatever is stored first counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from redis import RedisError

from contracts.decisions import DecisionPolicy
from contracts.errors import TransientError
from contracts.events import Json
from feature_repo.vectors import ActivityVector
from serving.api.state import Platform
from serving.decisions.fallback import decide_alone
from serving.decisions.repository import Answer, Movement, Question, ask_decisions, find_decision, store_decisions
from serving.platform.metrics import DECISIONS, FALLBACKS
from serving.platform.problems import ConflictError
from serving.platform.together import Together

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.01
# What a second question about one movement may not change, and what it may not be where the app committed it unasked:
# its value in dollars is by the rate of the day, so that of two questions without an instant it may differ.
_OWN = ("account_id", "kind", "amount_minor", "currency", "counterparty_id", "beneficiary_id")
_TOLD = ("account_id", "kind", "amount_usd_minor")


class DecisionService:
    """Decides, by the policy in force unless one is given. Questions about one movement that come while it is being decided share the answer."""

    def __init__(self, platform: Platform, policy: DecisionPolicy | None = None) -> None:
        self._platform = platform
        self._given_policy = policy
        self._ask: Together[Question, Answer] = Together(partial(ask_decisions, platform.pool))
        self._store: Together[Json, Json] = Together(partial(store_decisions, platform.pool))
        self._running: dict[Movement, asyncio.Task[Json]] = {}

    @property
    def _policy(self) -> DecisionPolicy:
        return self._given_policy or self._platform.rules.current().policy

    async def decide(self, event: Json) -> Json:
        """The stored decision document; raises ConflictError when the movement was decided with other content."""
        data = event["data"]
        movement = (data["transaction_id"], data["leg"], data["attempt"])
        until = asyncio.get_running_loop().time() + self._policy.fallback.budget_ms / 1000
        own = {name: data.get(name) for name in _OWN}
        asked, document = await self._ask((movement, own))
        if asked is not None:
            _compare(own, asked, _OWN)
        if document is None:
            document = await self._decide_once(movement, event, until)
        if asked is None or document["origin"] == "live":
            _compare(data, document, _TOLD)
        DECISIONS.labels(document["mode"], document["outcome"]).inc()
        return document

    async def _decide_once(self, movement: Movement, event: Json, until: float) -> Json:
        task = self._running.get(movement)
        if task is None:
            task = asyncio.create_task(self._decide(movement, event, until))
            self._running[movement] = task
            task.add_done_callback(lambda _done: self._running.pop(movement, None))
        return await asyncio.shield(task)

    async def _decide(self, movement: Movement, event: Json, until: float) -> Json:
        try:
            seconds = until - asyncio.get_running_loop().time()
            reply = await self._platform.exchange.ask(event, max(seconds, 0.001))
        except TimeoutError:
            return await self._alone(event["data"], "timeout")
        except TransientError:
            return await self._alone(event["data"], "kafka_away")
        if reply.get("duplicate"):
            return await self._told_elsewhere(movement, event["data"], until)
        document = await self._store(reply)
        if document["attempt"] != event["data"]["attempt"]:
            # The job knows this attempt with another content, and has decided what was asked as a later one.
            raise _other("content")
        return document

    async def _told_elsewhere(self, movement: Movement, data: Json, until: float) -> Json:
        """The job decided on the committed movement before; the recorder is about to store it."""
        while asyncio.get_running_loop().time() < until:
            stored = await find_decision(self._platform.pool, *movement)
            if stored is not None:
                return stored
            await asyncio.sleep(_POLL_SECONDS)
        return await self._alone(data, "not_recorded")

    async def _alone(self, data: Json, cause: str) -> Json:
        FALLBACKS.labels(cause).inc()
        vectors = await self._last_vectors(data)
        document = decide_alone(data, vectors, self._platform.fraud.current(), self._policy, datetime.now(UTC))
        return await self._store(document)

    async def _last_vectors(self, movement: Json) -> dict[str, ActivityVector]:
        try:
            return await self._platform.online.read_movement(movement)
        except RedisError as error:
            logger.warning("the online store is away: %s", type(error).__name__)
            return {}


def _compare(given: Json, stands: Json, names: Iterable[str]) -> None:
    for name in names:
        if given[name] != stands[name]:
            raise _other(name)


def _other(what: str) -> ConflictError:
    return ConflictError(
        f"This movement was asked for with another {what}.", hint="Ask for what changed as the next attempt."
    )
