"""What businesses do while live traffic runs: a payment now and then, and what open banking reads under a consent that holds."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import dict_row

from sources.workload.streams import happens

Connection = psycopg.Connection[Any]

_PAYMENT, _FETCH_EVERY = 0.5, 5  # the chance of a payment in a second; seconds between readings
_FAILS = 0.03
_CENT = Decimal("0.01")

_DAYS_BACK = 100  # as far back as a past payment may lie that is made again

_PAST = """
select p.tenant_id, p.business_id, p.ledger_account_id, p.user_id, p.kind, p.method, p.direction, p.channel, p.purpose,
    p.counterparty_id, p.counterparty_name, p.counterparty_country, p.device_id, p.ip_country, p.amount, p.fee_amount,
    p.currency
from nexafi.payments p
where p.method <> 'internal' and p.occurred_at >= %s
order by p.occurred_at
limit 1
"""
_FETCH = """
insert into nexafi.bank_transactions (bank_transaction_id, bank_consent_id, business_id, external_account_id, direction,
    category, amount, currency, booked_date, fetched_at)
select %(id)s, c.bank_consent_id, c.business_id, t.external_account_id, t.direction, t.category,
    round(t.amount * %(factor)s, 2) + 0.01, t.currency, %(day)s, %(now)s
from (
    select bank_consent_id, business_id
    from nexafi.bank_consents
    where granted_at <= %(now)s and expires_at > %(soon)s and revoked_at is null
    order by md5(bank_consent_id || %(id)s)
    limit 1
) c
cross join lateral (select * from nexafi.bank_transactions o where o.business_id = c.business_id limit 1) t
"""


def beat(connection: Connection, rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """Write what is due in this second; the rows by `<app>.<table>`."""
    rows: Counter[str] = Counter()
    name = f"{now:%Y%m%d%H%M%S%f}-{second}"
    if happens(rng, _PAYMENT):
        rows += _pay(connection, rng, f"nxpay-{name}", now)
    if second % _FETCH_EVERY == 0:
        rows["nexafi.bank_transactions"] += _fetch(connection, rng, f"banktx-{name}", now)
    return +rows


def _pay(connection: Connection, rng: np.random.Generator, payment_id: str, now: datetime) -> Counter[str]:
    """A past payment again: asked for in one transaction, settled and posted in another."""
    since = now - timedelta(days=float(rng.uniform(1, _DAYS_BACK)))
    with connection.cursor(row_factory=dict_row) as cursor:
        past = cursor.execute(_PAST, [since]).fetchone()
    if past is None:
        return Counter()
    past["amount"] = max((past["amount"] * Decimal(str(rng.uniform(0.8, 1.25)))).quantize(_CENT), _CENT)
    row = {"payment_id": payment_id, **past, "status": "attempted", "occurred_at": now, "updated_at": now}
    _insert(connection, "payments", row)
    fails = past["direction"] == "out" and happens(rng, _FAILS)
    written = Counter({"nexafi.payments": 1})
    with connection.transaction():
        answer = ("failed", "insufficient_funds") if fails else ("completed", None)
        connection.execute(
            "update nexafi.payments set status = %s, failure_code = %s where payment_id = %s", [*answer, payment_id]
        )
        for number, posting in enumerate([] if fails else _postings(past), start=1):
            place = {"ledger_entry_id": f"{payment_id}-{number}", "payment_id": payment_id, "posted_at": now}
            _insert(connection, "ledger_entries", {**place, **posting})
            written["nexafi.ledger_entries"] += 1
    return written


def _postings(past: dict[str, Any]) -> list[dict[str, Any]]:
    tenant, account = past["tenant_id"], past["ledger_account_id"]
    sides = (f"{tenant}-cash", account) if past["direction"] == "in" else (account, f"{tenant}-cash")
    moved = [("payment", *sides, past["amount"]), ("fee", account, f"{tenant}-fee_income", past["fee_amount"])]
    return [
        {
            "tenant_id": tenant,
            "kind": kind,
            "debit_account_id": debit,
            "credit_account_id": credit,
            "amount": amount,
            "currency": past["currency"],
        }
        for kind, debit, credit, amount in moved
        if amount > 0
    ]


def _fetch(connection: Connection, rng: np.random.Generator, name: str, now: datetime) -> int:
    """One movement of an account that may be read; none where no consent holds."""
    wanted = {"id": name, "now": now, "soon": now + timedelta(minutes=1), "day": now.date()}
    return connection.execute(_FETCH, {**wanted, "factor": Decimal(str(rng.uniform(0.7, 1.3)))}).rowcount


def _insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    values = ", ".join(["%s"] * len(row))
    query = f"insert into nexafi.{table} ({', '.join(row)}) values ({values})"  # noqa: S608 - our names
    connection.execute(query.encode(), list(row.values()))
