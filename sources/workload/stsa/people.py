"""Who trades on paper: people, their portfolios, and who copies whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, Array, Columns, Floats, Integers, full, height, named
from sources.workload.names import full_names
from sources.workload.population import CORRIDORS
from sources.workload.sizes import Size
from sources.workload.streams import choose, pick, stream
from sources.workload.stsa.market import Market

ORDERS_A_MOVEMENT = 0.2
_ORDERS_A_TRADER = 100
_SECOND_PORTFOLIOS = 0.3
_MARKETS = np.array([0.12, 0.4, 0.48])  # PRAC, XNYS, XTSE
_STARTS = (1_000_000, 5_000_000, 10_000_000)
_LATE = 0.15  # opened during the history
_LEADERS, _FOLLOWERS = 0.08, 0.3
_BIRDS = ("heron", "plover", "kestrel", "loon", "osprey", "gannet", "wren", "merlin", "puffin", "curlew")


@dataclass(frozen=True)
class Portfolios:
    """What behaviour needs to know of each portfolio; `leader` is the position of the portfolio it copies, or -1."""

    portfolio: Array
    trader: Array
    market: Integers
    starting: Integers
    opened: Integers
    activity: Floats
    leads: Array
    leader: Integers
    followed_at: Integers

    def __len__(self) -> int:
        return len(self.portfolio)

    def on(self, market: int) -> Integers:
        """Those that trade on a market."""
        return np.flatnonzero(self.market == market)


def orders_of(size: Size) -> int:
    """About how many orders a world has."""
    return round(size.movements * ORDERS_A_MOVEMENT)


def build_traders(seed: int, size: Size, calendar: Calendar) -> Columns:
    """The traders."""
    rng, count = stream(seed, "stsa traders"), max(15, orders_of(size) // _ORDERS_A_TRADER)
    numbers = np.arange(1, count + 1)
    joined = calendar.start - DAY * rng.integers(30, 900, count) - rng.integers(1, DAY, count)
    names = full_names(rng, choose(rng, list(CORRIDORS), count))
    emails = [f"{name.lower().replace(' ', '.')}.{number}@example.org" for number, name in enumerate(names)]
    birds = choose(rng, _BIRDS, count)
    return {
        "trader_id": named(f"trader{seed}", numbers, 6),
        "full_name": names,
        "email": np.array(emails, dtype=object),
        "birth_date": np.datetime64("1962-01-01", "D") + rng.integers(0, 365 * 42, count),
        "country": full(count, "CA"),
        "alias": np.array([f"{bird}-{number}" for bird, number in zip(birds, numbers, strict=True)], dtype=object),
        "registered_at": joined,
        "updated_at": joined,
    }


def build_portfolios(seed: int, traders: Columns, calendar: Calendar) -> Portfolios:
    """One portfolio for each trader, two for some; a leader is never a follower."""
    rng, people = stream(seed, "stsa portfolios"), height(traders)
    second = np.flatnonzero(rng.random(people) < _SECOND_PORTFOLIOS)
    who = np.concatenate([np.arange(people), second])
    count = len(who)
    market = pick(rng, _MARKETS, count)
    market[:3] = np.arange(3)  # each market has somebody, in the smallest world too
    market[people:] = (market[second] + 1) % len(_MARKETS)
    opened = traders["registered_at"][who] + DAY
    late = rng.random(count) < _LATE
    opened = np.where(late, calendar.start + rng.integers(1, (calendar.days - 8) * DAY, count), opened)
    leads = (rng.random(count) < _LEADERS) & ~late
    leads[:3] = True
    leader, followed_at = _follows(rng, market, leads, opened, calendar)
    return Portfolios(
        portfolio=named(f"portfolio{seed}", np.arange(1, count + 1), 6),
        trader=traders["trader_id"][who],
        market=market,
        starting=np.array(_STARTS)[pick(rng, np.array([0.3, 0.3, 0.4]), count)],
        opened=opened.astype(np.int64),
        activity=np.exp(rng.normal(0, 0.6, count)),
        leads=leads,
        leader=leader,
        followed_at=followed_at,
    )


def follow_rows(portfolios: Portfolios) -> Columns:
    """Rows of who copies whom."""
    who = np.flatnonzero(portfolios.leader >= 0)
    return {
        "follower_portfolio_id": portfolios.portfolio[who],
        "leader_portfolio_id": portfolios.portfolio[portfolios.leader[who]],
        "started_at": portfolios.followed_at[who],
        "updated_at": portfolios.followed_at[who],
    }


def portfolio_rows(portfolios: Portfolios, markets: list[Market], cash: Integers, updated: Integers) -> Columns:
    """Rows of the portfolios with the cash that they have now."""
    codes = np.array([market.code for market in markets], dtype=object)
    currencies = np.array([market.currency for market in markets], dtype=object)
    return {
        "portfolio_id": portfolios.portfolio,
        "trader_id": portfolios.trader,
        "exchange": codes[portfolios.market],
        "currency": currencies[portfolios.market],
        "starting_cash": portfolios.starting,
        "cash": cash,
        "opened_at": portfolios.opened,
        "updated_at": np.maximum(updated, portfolios.opened),
    }


def _follows(
    rng: np.random.Generator, market: Integers, leads: Array, opened: Integers, calendar: Calendar
) -> tuple[Integers, Integers]:
    count = len(market)
    leader = np.full(count, -1, dtype=np.int64)
    for number in range(len(_MARKETS)):
        leaders = np.flatnonzero(leads & (market == number))
        followers = np.flatnonzero(~leads & (market == number) & (rng.random(count) < _FOLLOWERS))
        leader[followers] = leaders[rng.integers(0, len(leaders), len(followers))]
    if (leader < 0).all():
        free = np.flatnonzero(~leads)
        leader[free[:1]] = np.flatnonzero(leads & (market == market[free[0]]))[0]
    since = np.maximum(np.maximum(opened, opened[leader]), calendar.start)
    return leader, since + rng.integers(1, 5 * DAY, count)
