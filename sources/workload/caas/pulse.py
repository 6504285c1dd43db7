"""What caas does of itself live: prices, health checks that are due, and now and then a request with its quotes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg

from contracts.credit import BreakerPolicy, load_breaker_policy
from sources.workload.caas.breakers import Breaker
from sources.workload.streams import happens

Connection = psycopg.Connection[Any]

_PRICES_EVERY, _CHECKS_EVERY, _REQUEST_EVERY = 5, 4, 7  # seconds
_CHECKED_AGAIN_AFTER = timedelta(seconds=20)  # a provider in good health
_CHECKS = 2  # at once
_STEP = 0.0006
_PRICE_UNIT = Decimal("0.00000001")
_FAILS, _DECLINES = 0.03, 0.45
_OFFER_HOLDS = timedelta(days=1)

_PRICED = """
insert into caas.collateral_prices (asset, priced_at, price, currency)
select asset, %s, greatest(round(price * %s::numeric, 8), %s), currency
from (
    select distinct on (asset) asset, price, currency from caas.collateral_prices where asset = %s
    order by asset, priced_at desc
) latest
on conflict do nothing
"""
_LATEST_CHECKS = """
select p.provider_id, h.checked_at, h.failures, h.successes, h.breaker
from caas.providers p
cross join lateral (
    select * from caas.provider_health h where h.provider_id = p.provider_id order by h.checked_at desc limit 1
) h
where p.status = 'active'
order by h.checked_at
"""
_CHECKED = """
insert into caas.provider_health (provider_id, checked_at, is_healthy, latency_ms, failures, successes, breaker)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict do nothing
"""
_REQUESTED = """
insert into caas.credit_requests (request_id, borrower_id, jurisdiction, amount, currency, term_months, purpose,
    applied_income, applied_score, status, requested_at, updated_at)
select %(id)s, borrower_id, jurisdiction, amount, currency, term_months, purpose, applied_income, applied_score,
    'initiated', %(now)s, %(now)s
from caas.credit_requests
order by md5(request_id || %(id)s)
limit 1
returning jurisdiction, amount, currency
"""
_QUOTED = """
insert into caas.provider_quotes (quote_id, request_id, provider_id, outcome, latency_ms, apr_pct, amount, currency,
    decline_reason, sent_at, responded_at, expires_at)
values """
_ANSWERED = "update caas.credit_requests set status = %s, decided_at = %s where request_id = %s"


def pulse(connection: Connection, rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """One second of the aggregator; a world without caas's providers stays silent."""
    rows: Counter[str] = Counter()
    policy = load_breaker_policy()
    if second % _PRICES_EVERY == 0:
        rows["caas.collateral_prices"] += _price(connection, rng, now)
    if second % _CHECKS_EVERY == 1:
        rows["caas.provider_health"] += _check(connection, rng, now, policy)
    if second % _REQUEST_EVERY == _REQUEST_EVERY // 2:
        rows += _ask(connection, rng, now, policy)
    return rows


def _price(connection: Connection, rng: np.random.Generator, now: datetime) -> int:
    assets = [row[0] for row in connection.execute("select distinct asset from caas.collateral_prices order by 1")]
    steps = np.exp(rng.normal(0, _STEP, len(assets))).tolist()
    with connection.transaction(), connection.cursor() as cursor:
        for asset, step in zip(assets, steps, strict=True):
            cursor.execute(_PRICED, [now, f"{step:.9f}", _PRICE_UNIT, asset])
    return len(assets)


def _check(connection: Connection, rng: np.random.Generator, now: datetime, policy: BreakerPolicy) -> int:
    due = []
    for provider, checked_at, failures, successes, state in connection.execute(_LATEST_CHECKS).fetchall():
        breaker = Breaker(state, failures, successes)
        if checked_at + breaker.next_check(policy, _CHECKED_AGAIN_AFTER) <= now:
            due.append((provider, breaker))
    for provider, before in due[:_CHECKS]:
        healthy = not happens(rng, _FAILS)
        limit = policy.time_limit // timedelta(milliseconds=1)
        latency = int(rng.integers(40, 400)) if healthy else limit
        after = before.after(policy, healthy=healthy)
        checked = [provider, now, healthy, latency, after.failures, after.successes, after.state]
        connection.execute(_CHECKED, checked)
    return len(due[:_CHECKS])


def _ask(connection: Connection, rng: np.random.Generator, now: datetime, policy: BreakerPolicy) -> Counter[str]:
    """A borrower like one before asks; whoever's breaker is not open answers, in a transaction of its own."""
    request = f"request-live-{now:%Y%m%d%H%M%S%f}"
    asked = connection.execute(_REQUESTED, {"id": request, "now": now}).fetchone()
    if asked is None:
        return Counter()
    jurisdiction, amount, currency = asked
    states = {row[0]: row[4] for row in connection.execute(_LATEST_CHECKS).fetchall()}
    here = connection.execute(
        "select provider_id from caas.providers where jurisdiction = %s order by provider_id", [jurisdiction]
    ).fetchall()
    whom = [provider for (provider,) in here if states.get(provider, "closed") != "open"]
    quotes = [_quote(rng, now, policy, provider, amount) for provider in whom]
    rows = [
        (f"{request}-{number}", request, provider, outcome, latency, apr, offered, currency, *rest)
        for number, (provider, outcome, latency, apr, offered, *rest) in enumerate(quotes, start=1)
    ]
    with connection.transaction():
        if rows:  # in one statement, so that they are one event
            one = f"({', '.join(['%s'] * len(rows[0]))})"
            query = _QUOTED + ", ".join([one] * len(rows))
            connection.execute(query.encode(), [value for row in rows for value in row])
        offers = any(quote[1] == "approved" for quote in quotes)
        connection.execute(_ANSWERED, ["quoted" if offers else "unserved", None if offers else now, request])
    return Counter({"caas.credit_requests": 1, "caas.provider_quotes": len(quotes)})


def _quote(
    rng: np.random.Generator, now: datetime, policy: BreakerPolicy, provider: str, amount: Decimal
) -> tuple[object, ...]:
    """A provider's answer: outcome, latency, rate, amount, reason, and when it was sent, given and ends."""
    limit = policy.time_limit // timedelta(milliseconds=1)
    latency = min(limit, int(np.exp(rng.normal(np.log(500), 0.5))))
    if latency >= limit:
        return provider, "timeout", limit, None, None, None, now, None, None
    answered = now + timedelta(milliseconds=latency)
    if happens(rng, _DECLINES):
        return provider, "declined", latency, None, None, "score", now, answered, None
    apr = f"{rng.uniform(5, 24):.3f}"
    return provider, "approved", latency, apr, amount, None, now, answered, answered + _OFFER_HOLDS
