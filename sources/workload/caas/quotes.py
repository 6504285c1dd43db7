"""Each request goes out to the providers whose breaker is not open, and each of them answers in its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from contracts.credit import BreakerPolicy, levels_on
from sources.workload.caas.breakers import Health
from sources.workload.caas.market import Market
from sources.workload.caas.prices import ASSETS, Prices
from sources.workload.caas.requests import Asked, dollars
from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, SECOND, Array, Flags, Floats, Integers, full, where
from sources.workload.streams import chance, stream

_LEAST_OFFERED = 0.6  # of what was asked for
_MILLISECOND = SECOND // 1000
_OFFER_HOLDS = DAY
_SLOW = 0.01  # answers that come too late without an outage


@dataclass(frozen=True)
class Quotes:
    """One row for each provider that was asked; `request` and `provider` are positions."""

    request: Integers
    provider: Integers
    outcome: Array
    latency: Integers  # ms
    apr: Floats
    amount: Integers
    reason: Array
    sent: Integers

    @property
    def answered(self) -> Integers:
        """When each answer came, or its time ran out."""
        return self.sent + self.latency * _MILLISECOND

    @property
    def expires(self) -> Integers:
        """Until when each offer holds."""
        return self.answered + _OFFER_HOLDS


@dataclass(frozen=True)
class Situation:
    """What providers decide by."""

    market: Market
    prices: Prices
    asked: Asked
    health: Health
    policy: BreakerPolicy
    calendar: Calendar


def fan_out(seed: int, now: Situation) -> Quotes:
    """Every provider of the borrower's jurisdiction answers, declines or lets the time run out."""
    parts = [
        _answers(stream(seed, "caas quotes", now.market.providers[p]), now, p) for p in range(len(now.market.providers))
    ]
    names = tuple(Quotes.__dataclass_fields__)
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.lexsort((joined["provider"], joined["request"]))
    return Quotes(**{name: values[order] for name, values in joined.items()})


def _answers(rng: np.random.Generator, now: Situation, provider: int) -> Quotes:
    market, asked = now.market, now.asked
    here = market.jurisdiction[asked.who] == market.region[provider]
    sent = asked.at + (rng.uniform(40, 200, len(asked.at)) * _MILLISECOND).astype(np.int64)
    request = np.flatnonzero(here & ~now.health.is_open(provider, sent))
    count, sent = len(request), sent[request]
    limit = now.policy.time_limit // timedelta(milliseconds=1)
    latency = np.exp(rng.normal(np.log(market.latency[provider]), 0.35, count)).astype(np.int64)
    late = now.health.is_out(provider, sent) | chance(rng, count, _SLOW) | (latency >= limit)
    offered, reason = _judge(now, request, provider)
    score = market.score[asked.who[request]]
    apr = market.base_rate[provider] + (700 - score).clip(0) * 0.03 + rng.normal(0, 0.6, count)
    outcome = where(reason == None, full(count, "approved"), full(count, "declined"))  # noqa: E711 - element by element
    return Quotes(
        request=request,
        provider=np.full(count, provider),
        outcome=where(late, full(count, "timeout"), outcome),
        latency=np.where(late, limit, latency),
        apr=np.round(apr.clip(2.5, 35.9), 3),
        amount=offered,
        reason=where(late, full(count, None), reason),
        sent=sent,
    )


def _judge(now: Situation, request: Integers, provider: int) -> tuple[Integers, Array]:
    """What the provider would lend, and why it would not."""
    market, amount, who = now.market, now.asked.amount[request], now.asked.who[request]
    if market.secured[provider]:
        return amount, where(~_is_covered(now, request), full(len(request), "collateral"))
    most = np.rint(market.income[who] * market.most_incomes[provider]).astype(np.int64) * 100
    reason = where(most < _LEAST_OFFERED * amount, full(len(request), "affordability"))
    reason[market.score[who] < market.lowest_score[provider]] = "score"
    return np.minimum(amount, most), reason


def _is_covered(now: Situation, request: Integers) -> Flags:
    """Whether the collateral offered keeps the loan within the initial level."""
    covered = np.zeros(len(request), dtype=np.bool_)
    for asset in ASSETS:
        rows = np.flatnonzero(now.asked.asset[request] == asset)
        chosen = request[rows]
        value = now.prices.on(asset, now.asked.at[chosen]) * now.asked.quantity[chosen].astype(np.float64)
        owed = now.asked.amount[chosen] / 100 * dollars(now.market, now.asked.who[chosen], now.calendar)
        covered[rows] = owed <= value * float(levels_on(asset, now.calendar.as_of.date()).initial_ltv)
    return covered
