"""The application: its connections for the life of the process, its routes, its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from fastapi import FastAPI

from contracts.decisions import DecisionPolicy
from contracts.models.credit import CREDIT_MODELS
from contracts.settings import Settings
from feature_repo.online import OnlineActivity
from ml.champions import ChampionWatch
from serving import platform_schema
from serving.api.state import Platform
from serving.cases import endpoints as alerts
from serving.credit import endpoints as credit
from serving.credit.service import CreditService
from serving.decisions import endpoints as decisions
from serving.decisions.exchange import Exchange
from serving.decisions.publication import FALLBACKS
from serving.decisions.service import DecisionService
from serving.platform import health, metrics
from serving.platform.audit import Audit
from serving.platform.auth import ALL_SCOPES, DEMO_CLIENT, ClientDirectory, ensure_client
from serving.platform.database import open_pool
from serving.platform.gate import Gate
from serving.platform.problems import add_problem_handlers
from serving.platform.publication import Publication
from serving.platform.rules import RulesWatch
from serving.reports import endpoints as reports

_DESCRIPTION = """Decisions on money movements and credit applications, alerts and regulator reports.

* Send the key in `X-API-Key`. Each key has scopes; a missing one answers 403.
* Errors are `application/problem+json` (RFC 9457) and name the field to correct.
* Every decision is made once: ask again with the same identifiers and get the same answer.
* Amounts of money movements are integers in the currency's minor unit. Amounts of credit are numbers in the currency's own unit.
* Instants are ISO 8601 in UTC.
"""


def create_application(settings: Settings, worker: int = 0, policy: DecisionPolicy | None = None) -> FastAPI:
    """The API for one platform. `worker` chooses the partition of replies; two processes must not share one.

    `policy` stands for the one in force where a test needs another budget.
    """

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        prepare_database(settings)
        platform = _open(settings, worker)
        await platform.pool.open()
        application.state.platform = platform
        application.state.decisions = DecisionService(platform, policy)
        application.state.credit = CreditService(platform)
        platform.exchange.start()
        platform.audit.start()
        application.state.credit.start()
        fallbacks = Publication(platform.pool, platform.exchange.publish, FALLBACKS)
        fallbacks.start()
        try:
            yield
        finally:
            await fallbacks.close()
            await application.state.credit.close()
            await platform.exchange.close()
            await platform.audit.close()
            await platform.online.close_async()
            await platform.pool.close()

    application = FastAPI(title="Atalaya", version="1.0.0", description=_DESCRIPTION, lifespan=lifespan, redoc_url=None)
    add_problem_handlers(application)
    for part in (decisions, credit, alerts, reports, health, metrics):
        application.include_router(part.router)
    application.add_middleware(Gate)
    return application


def prepare_database(settings: Settings) -> None:
    """Bring the platform's tables to the declared schema and let the demo client in by its secret."""
    with psycopg.connect(settings.database_url("platform"), autocommit=True, connect_timeout=10) as connection:
        platform_schema.apply(connection)
        key = settings.secret("api_key_demo").get_secret_value()
        ensure_client(connection, DEMO_CLIENT, key, ALL_SCOPES)


def _open(settings: Settings, worker: int) -> Platform:
    pool = open_pool(settings)
    return Platform(
        settings=settings,
        pool=pool,
        clients=ClientDirectory(pool),
        audit=Audit(pool),
        exchange=Exchange(settings.kafka_bootstrap, worker),
        online=OnlineActivity(settings),
        fraud=ChampionWatch(settings, "fraud"),
        credit={product: ChampionWatch(settings, product) for product in CREDIT_MODELS},
        rules=RulesWatch(settings),
    )
