"""Credit decisions: scored by the champion, stored once, told to Kafka until Kafka has taken them."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from contracts.errors import TransientError
from contracts.events import Json, validate_event
from contracts.models import micro_loan_model
from ml.champions import Champion
from ml.credit.reasons import largest_losses
from serving.api.state import Platform
from serving.credit.request import CreditRequest
from serving.platform.background import Background
from serving.platform.metrics import CREDIT
from serving.platform.problems import ConflictError

logger = logging.getLogger(__name__)

_TOPIC = "analytics.events"
_PAUSE_SECONDS = 2.0
_BATCH = 100
_INSERT = """
    insert into credit_decisions (
        application_id, customer_id, product, outcome, probability_of_default, points, reasons, inputs, model_version,
        decided_at
    ) values (
        %(application_id)s, %(customer_id)s, %(product)s, %(outcome)s, %(probability_of_default)s, %(points)s,
        %(reasons)s, %(inputs)s, %(model_version)s, %(decided_at)s
    ) on conflict do nothing
"""


def score_application(request: CreditRequest, champion: Champion, now: datetime) -> Json:
    """The decision on an application, as it is stored; reasons hold feature and points lost."""
    declared = micro_loan_model().decision
    inputs: dict[str, float | None] = request.features.model_dump()  # type: ignore[attr-defined]
    outputs = champion.run([champion.vector(inputs)], ("probabilities", "points", "score"))
    default, score = float(outputs[0][0, 1]), float(outputs[2][0, 0])
    order: list[str] = orjson.loads(champion.metadata["points_order"])
    best: dict[str, float] = orjson.loads(champion.metadata["best_points"])
    points = dict(zip(order, (float(value) for value in outputs[1][0]), strict=True))
    if default < champion.number("approve_below"):
        outcome = "approve"
    else:
        outcome = "decline" if default >= champion.number("decline_from") else "review"
    losses = [] if outcome == "approve" else largest_losses(points, best, declared.reasons)
    return {
        "application_id": request.application_id,
        "customer_id": request.customer_id,
        "product": request.product,
        "outcome": outcome,
        "probability_of_default": default,
        "points": round(score),
        "reasons": [{"feature": loss.feature, "points_lost": round(loss.points)} for loss in losses],
        "inputs": inputs,
        "model_version": champion.version,
        "decided_at": now,
    }


class CreditService:
    """Decides on applications and publishes what was decided."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stored = asyncio.Event()
        self._background = Background(self._run)

    def start(self) -> None:
        """Begin to publish, what an earlier process left behind first."""
        self._stored.set()
        self._background.start()

    async def close(self) -> None:
        """End publishing; what is left is published by the next process."""
        await self._background.close()

    async def decide(self, request: CreditRequest) -> Json:
        """The stored decision; raises TransientError before the first champion, ConflictError for changed inputs."""
        stored = await self._find(request.application_id)
        if stored is None:
            decision = score_application(request, self._platform.micro_loan.require(), datetime.now(UTC))
            row = {**decision, "reasons": Jsonb(decision["reasons"]), "inputs": Jsonb(decision["inputs"])}
            async with self._platform.pool.connection() as connection:
                await connection.execute(_INSERT, row)
            CREDIT.labels(decision["outcome"]).inc()
            self._stored.set()
            stored = await self._find(request.application_id) or decision
        inputs = request.features.model_dump()  # type: ignore[attr-defined]
        if stored["customer_id"] != request.customer_id or stored["inputs"] != inputs:
            raise ConflictError(
                "This application was decided with other content.",
                hint="Use a new application_id for a new application.",
            )
        return stored

    async def publish_waiting(self) -> int:
        """Tell Kafka what it has not been told; gives how many. Consumers know repetitions by the event's id."""
        async with self._platform.pool.connection() as connection:
            rows = await connection.execute(
                "select * from credit_decisions where published_at is null order by decided_at limit %s", (_BATCH,)
            )
            waiting = await rows.fetchall()
            for row in waiting:
                await self._platform.exchange.publish(_TOPIC, row["application_id"], credit_event(row))
                await connection.execute(
                    "update credit_decisions set published_at = clock_timestamp() where application_id = %s",
                    (row["application_id"],),
                )
        return len(waiting)

    async def _find(self, application_id: str) -> Json | None:
        async with self._platform.pool.connection() as connection:
            rows = await connection.execute(
                "select * from credit_decisions where application_id = %s", (application_id,)
            )
            return await rows.fetchone()

    async def _run(self) -> None:
        while True:
            await self._stored.wait()
            self._stored.clear()
            try:
                while await self.publish_waiting() == _BATCH:
                    continue
            except (TransientError, psycopg.OperationalError, PoolTimeout) as error:
                logger.info("credit decisions wait to be published: %s", type(error).__name__)
                self._stored.set()
                await asyncio.sleep(_PAUSE_SECONDS)


def credit_event(row: dict[str, Any]) -> Json:
    """credit.scored.v1 for a stored decision: the same row always gives the same event."""
    decided_at = row["decided_at"].astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    names = ("customer_id", "product", "outcome", "probability_of_default", "points", "model_version")
    event = {
        "specversion": "1.0",
        "id": f"credit:{row['application_id']}",
        "source": "/serving/credit",
        "type": "credit.scored.v1",
        "subject": row["application_id"],
        "time": decided_at,
        "datacontenttype": "application/json",
        "data": {"decision_id": row["application_id"], **{name: row[name] for name in names}, "decided_at": decided_at},
    }
    validate_event(event)
    return event
