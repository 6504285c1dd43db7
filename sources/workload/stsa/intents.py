"""What traders mean to do: orders with their times and limits, before anybody knows whether they can pay."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from contracts.trading import load_trading
from sources.workload.columns import DAY, MINUTE, SECOND, Array, Flags, Floats, Integers
from sources.workload.streams import pick
from sources.workload.stsa.crossing import first_at_most
from sources.workload.stsa.market import TICK, Market
from sources.workload.stsa.people import Portfolios

_LIMIT, _GTC, _CANCELLED, _SELL = 0.45, 0.35, 0.25, 0.42
_OUT_OF_HOURS = 0.02
_FILLS = 3
_POLICY = load_trading()


@dataclass(frozen=True)
class Intents:
    """Orders on one market, one in every position; `tick` is -1 for one that was placed while it was closed."""

    portfolio: Integers
    instrument: Integers
    sign: Integers  # 1 buys, -1 sells
    limited: Flags
    gtc: Flags
    placed: Integers
    tick: Integers
    limit: Integers  # a market order's is its collar
    ends: Integers
    cancelled: Flags
    share: Floats  # of the starting cash, or of the shares held
    stubborn: Flags  # asks for more than there is
    copied: Integers  # position of the leader's order among those given to `copies`, or -1

    def __len__(self) -> int:
        return len(self.portfolio)

    def take(self, rows: Array) -> Self:
        """The intents at these positions, or where this mask holds."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def stack_intents(parts: list[Intents]) -> Intents:
    """All of them, one after the other."""
    return Intents(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Intents)}
    )


def own_intents(rng: np.random.Generator, market: Market, portfolios: Portfolios, who: Integers, count: int) -> Intents:
    """About `count` orders that these portfolios think of themselves, more at the opening and the close."""
    end = int(market.instant[-1])
    portfolio = who[pick(rng, portfolios.activity[who], count)]
    from_session = np.searchsorted(market.opened, portfolios.opened[portfolio])
    there = from_session < market.sessions
    portfolio, from_session = portfolio[there], from_session[there]
    count = len(portfolio)
    session = from_session + (rng.random(count) * (market.sessions - from_session)).astype(np.int64)
    length = market.first[session + 1] - market.first[session]
    tick = market.first[session] + (rng.beta(0.7, 0.7, count) * length).astype(np.int64).clip(0, length - 1)
    placed = market.instant[tick] + rng.integers(SECOND // 10, 13 * SECOND, count)
    late = (rng.random(count) < _OUT_OF_HOURS) & (market.code != "PRAC")
    placed = np.where(late, market.closed[session] + rng.integers(MINUTE, 180 * MINUTE, count), placed)
    drawn = _draw(rng, market, portfolio, placed, np.where(late, -1, tick))
    return drawn.take(drawn.placed <= end - 2 * TICK)


def copies(rng: np.random.Generator, market: Market, portfolios: Portfolios, led: Intents, accepted: Flags) -> Intents:
    """What followers do of the accepted orders of those whom they follow, two to twenty seconds later."""
    order = np.flatnonzero(accepted)
    pairs = [
        (np.full(len(found), follower), found)
        for follower in np.flatnonzero(portfolios.leader >= 0).tolist()
        if len(
            found := order[
                (led.portfolio[order] == portfolios.leader[follower])
                & (led.placed[order] >= portfolios.followed_at[follower])
            ]
        )
    ]
    if not pairs:
        return led.take(np.zeros(0, dtype=np.int64))
    follower, source = (np.concatenate(part) for part in zip(*pairs, strict=True))
    placed = led.placed[source] + rng.integers(2 * SECOND, 20 * SECOND, len(source))
    tick = np.searchsorted(market.instant, placed, side="right") - 1
    session = market.session_of(led.tick[source])
    # A quote's last two seconds are left free, so that an execution falls into the quote that it met.
    placed = np.minimum(placed, market.instant[tick] + 13 * SECOND)
    drawn = _draw(rng, market, follower, placed, tick)
    made = replace(
        drawn,
        instrument=led.instrument[source],
        sign=led.sign[source],
        limited=led.limited[source],
        gtc=led.gtc[source],
        limit=led.limit[source],
        stubborn=np.zeros(len(source), dtype=bool),
        copied=source,
    )
    made = replace(
        made,
        limit=np.where(made.limited, made.limit, _collar(market, made.instrument, tick, made.sign)),
        cancelled=made.cancelled & made.limited,
    )
    natural = _natural_end(market, made.gtc, placed, session)
    made = replace(made, ends=np.where(made.cancelled, np.minimum(made.ends, natural), natural))
    in_session = (placed > led.placed[source]) & (placed < market.closed[session])
    return made.take(in_session & (placed <= int(market.instant[-1]) - 2 * TICK))


def fill_ticks(market: Market, intents: Intents) -> Integers:
    """At which ticks the price allows each order up to three executions, -1 for none; one row for each order."""
    found = np.full((len(intents), _FILLS), -1, dtype=np.int64)
    last = np.searchsorted(market.instant, intents.ends - SECOND, side="right") - 1
    for instrument in range(len(market.instrument)):
        for sign in (1, -1):
            rows = np.flatnonzero((intents.instrument == instrument) & (intents.sign == sign) & (intents.tick >= 0))
            path = sign * (market.middle[instrument] + sign * market.half_spread[instrument])
            found[rows, 0] = first_at_most(path, sign * intents.limit[rows], intents.tick[rows], last[rows])
    for fill in range(1, _FILLS):
        tick = found[:, fill - 1] + 1
        known = (found[:, fill - 1] >= 0) & (tick <= last)
        at = np.where(known, tick, 0)
        known &= intents.sign * (market.price(intents.instrument, at, intents.sign) - intents.limit) <= 0
        found[:, fill] = np.where(known, tick, -1)
    return found


def _draw(rng: np.random.Generator, market: Market, portfolio: Integers, placed: Integers, tick: Integers) -> Intents:
    count = len(portfolio)
    instrument = rng.integers(0, len(market.instrument), count)
    sign = np.where(rng.random(count) < _SELL, -1, 1).astype(np.int64)
    limited = rng.random(count) < _LIMIT
    gtc = limited & (rng.random(count) < _GTC)
    seen = np.maximum(tick, 0)
    better = np.rint(market.middle[instrument, seen] * rng.normal(0.002, 0.004, count)).astype(np.int64)
    asked = np.maximum(market.price(instrument, seen, sign) - sign * better, 1)
    intents = Intents(
        portfolio=portfolio,
        instrument=instrument,
        sign=sign,
        limited=limited,
        gtc=gtc,
        placed=placed,
        tick=tick,
        limit=np.where(limited, asked, _collar(market, instrument, seen, sign)),
        ends=placed,
        cancelled=limited & (rng.random(count) < _CANCELLED),
        share=rng.uniform(0.02, 0.15, count),
        stubborn=rng.random(count) < 0.03,  # noqa: PLR2004 - few
        copied=np.full(count, -1, dtype=np.int64),
    )
    wait = np.exp(rng.normal(np.log(25), 1.0, count)) * MINUTE
    natural = _natural_end(market, gtc, placed, market.session_of(seen))
    cancelled = intents.cancelled & (placed + wait < natural)
    return replace(intents, cancelled=cancelled, ends=np.where(cancelled, placed + wait, natural).astype(np.int64))


def _natural_end(market: Market, gtc: Flags, placed: Integers, session: Integers) -> Integers:
    """When an order that nobody cancels can be executed no more: its session's close, or ten days later."""
    return np.where(gtc, placed + _POLICY.good_till_cancelled_days * DAY, market.closed[session])


def _collar(market: Market, instrument: Integers, tick: Integers, sign: Integers) -> Integers:
    quoted = market.price(instrument, tick, sign)
    return quoted + sign * (quoted * _POLICY.collar_pct // 100)
