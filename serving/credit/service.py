"""Credit decisions: scored and priced by the champion, stored once, with an alert where the customer's credit moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from contracts.credit.offers import load_offers
from contracts.credit.providers import load_providers
from contracts.errors import NotFoundError, TransientError
from contracts.events import Json
from contracts.models.credit import CreditModelName
from ml.credit.underwriting import book_of
from serving.api.state import Platform
from serving.credit.alerts import credit_alert
from serving.credit.panel import read_panel
from serving.credit.publication import MOVED, SCORED
from serving.credit.recommendations import Recommendation, application_of, recommend
from serving.credit.repository import find_application, latest_alerts, latest_application, store_application
from serving.credit.request import CreditRequest
from serving.credit.scoring import score_application
from serving.platform.metrics import CREDIT
from serving.platform.problems import ConflictError
from serving.platform.publication import Publication

_ALERTS = 20


def _now() -> datetime:
    return datetime.now(UTC)


class CreditService:
    """Decides on applications and publishes what was decided."""

    def __init__(self, platform: Platform, clock: Callable[[], datetime] = _now) -> None:
        self._platform = platform
        self._clock = clock
        publish = platform.exchange.publish
        self._publications = [Publication(platform.pool, publish, queue) for queue in (SCORED, MOVED)]

    def start(self) -> None:
        """Begin to publish, what an earlier process left behind first."""
        for publication in self._publications:
            publication.start()

    async def close(self) -> None:
        """End publishing; what is left is published by the next process."""
        for publication in self._publications:
            await publication.close()

    async def decide(self, request: CreditRequest) -> Json:
        """The stored decision; raises TransientError before the product's first champion, ConflictError for changed inputs."""
        stored = await find_application(self._platform.pool, request.application_id)
        if stored is None:
            stored = await self._decide_anew(request) or await self._decided_meanwhile(request.application_id)
        if _asked(request, stored) != _stands(stored):
            raise ConflictError(
                "This application was decided with other content.",
                hint="Use a new application_id for a new application.",
            )
        return stored

    async def recommend(self, customer_id: str) -> tuple[Json, str, Recommendation, list[Json]]:
        """The customer's last decision, the present model's version, what it recommends, and the last alerts.

        Raises NotFoundError for who never applied, TransientError before the first champion.
        """
        pool, recommended = self._platform.pool, list(load_offers().recommended)
        stored = await latest_application(pool, customer_id, recommended)
        if stored is None:
            raise NotFoundError(
                f"There is no application of the customer {customer_id!r}.",
                hint=f"Recommendations are given to who applied for {' or '.join(recommended)}.",
            )
        product: CreditModelName = stored["product"]
        champion, now = self._platform.credit[product].require(), self._clock()
        application, policy = application_of(stored), load_providers()
        score = application.inputs.get(book_of(product).columns.bureau_score)
        panel = await read_panel(pool, application.jurisdiction, score, policy, now)
        found = await asyncio.to_thread(recommend, application, champion, product, panel, now.date())
        return stored, champion.version, found, await latest_alerts(pool, customer_id, product, _ALERTS)

    async def _decide_anew(self, request: CreditRequest) -> Json | None:
        """The decision as it is stored; None where another one was stored since this application was looked for."""
        champion, pool = self._platform.credit[request.product].require(), self._platform.pool
        decision = score_application(request, champion, self._clock())
        previous = await latest_application(pool, request.customer_id, [request.product])
        alert = None if previous is None else credit_alert(previous, decision, champion)
        stored = await store_application(pool, decision, alert)
        if stored is not None:
            CREDIT.labels(stored["product"], stored["outcome"]).inc()
            for publication in self._publications:
                publication.wake()
        return stored

    async def _decided_meanwhile(self, application_id: str) -> Json:
        stored = await find_application(self._platform.pool, application_id)
        if stored is None:
            raise TransientError("The application's decision was removed while it was asked for.", hint="Ask again.")
        return stored


def _stands(stored: Json) -> Json:
    names = ("customer_id", "product", "inputs", "term_months", "jurisdiction")
    return {name: stored[name] for name in names if stored[name] is not None}


def _asked(request: CreditRequest, stored: Json) -> Json:
    """What is asked; terms count only where the decision has any, which those from before offers have not."""
    asked = {"customer_id": request.customer_id, "product": request.product, "inputs": request.inputs}
    if stored["term_months"] is None:
        return asked
    return asked | {"term_months": request.months, "jurisdiction": request.jurisdiction}
