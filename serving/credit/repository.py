"""Credit decisions and alerts in PostgreSQL: the first decision on an application stays, its alert comes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from psycopg.types.json import Jsonb

from contracts.events import Json
from contracts.models.credit import CreditModelName
from serving.platform.database import Pool

_DECISION: LiteralString = """
    insert into credit_decisions (
        application_id, customer_id, product, outcome, probability_of_default, points, reasons, inputs, model_version,
        decided_at, term_months, jurisdiction, offer, offer_refusal, credit_limit
    ) values (
        %(application_id)s, %(customer_id)s, %(product)s, %(outcome)s, %(probability_of_default)s, %(points)s,
        %(reasons)s, %(inputs)s, %(model_version)s, %(decided_at)s, %(term_months)s, %(jurisdiction)s, %(offer)s,
        %(offer_refusal)s, %(credit_limit)s
    ) on conflict do nothing returning *
"""
_ALERT: LiteralString = """
    insert into credit_alerts (
        application_id, previous_application_id, customer_id, product, movements, score_before, score_after, bureau_score_before,
        bureau_score_after, raised_at
    ) values (
        %(application_id)s, %(previous_application_id)s, %(customer_id)s, %(product)s, %(movements)s, %(score_before)s,
        %(score_after)s, %(bureau_score_before)s, %(bureau_score_after)s, %(raised_at)s
    ) on conflict do nothing
"""
_ONE = "select * from credit_decisions where application_id = %s"
_LATEST = """
    select * from credit_decisions where customer_id = %s and product = any(%s) order by decided_at desc, application_id limit 1
"""
_ALERTS = """
    select * from credit_alerts where customer_id = %s and product = %s order by raised_at desc, application_id limit %s
"""
_DOCUMENTS = ("reasons", "inputs", "offer", "credit_limit")


async def find_application(pool: Pool, application_id: str) -> Json | None:
    """The stored decision on an application."""
    async with pool.connection() as connection:
        return await (await connection.execute(_ONE, (application_id,))).fetchone()


async def latest_application(pool: Pool, customer_id: str, products: Sequence[CreditModelName]) -> Json | None:
    """The stored decision on a customer's last application for one of these products."""
    async with pool.connection() as connection:
        return await (await connection.execute(_LATEST, (customer_id, list(products)))).fetchone()


async def latest_alerts(pool: Pool, customer_id: str, product: CreditModelName, count: int) -> list[Json]:
    """At most `count` alerts on a customer's applications for a product, the newest first."""
    async with pool.connection() as connection:
        return await (await connection.execute(_ALERTS, (customer_id, product, count))).fetchall()


async def store_application(pool: Pool, decision: Json, alert: Json | None) -> Json | None:
    """Store a decision and its alert in one transaction, and give what a reader of the decision finds from now on.

    None, and nothing stored, where the application has a decision already, which is committed by then.
    """
    row = decision | {name: None if decision[name] is None else Jsonb(decision[name]) for name in _DOCUMENTS}
    async with pool.connection() as connection, connection.transaction():
        stored = await (await connection.execute(_DECISION, row)).fetchone()
        if stored is not None and alert is not None:
            await connection.execute(_ALERT, alert)
    return stored
